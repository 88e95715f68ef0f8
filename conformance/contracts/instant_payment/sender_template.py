"""What `conformance init instant-payment --role sender` writes."""

SENDER_TEMPLATE = """\
# instant-payment: the client software of a sender bank. The suite plays the gateway, and the receiver bank behind it.
# Any value may be "env:NAME" (environment variable) or "file:PATH" (relative to this file): keep secrets there.
contract = "instant-payment"
role = "sender"

[target]
name = "Client, staging"
base_url = "http://127.0.0.1:8700"                   # where the suite listens; point the client there

[banks.sender]                 # the bank under test
code = "BAGAGE22"
cert_id = "S0VZLS0tLS0KTUlH"
[banks.receiver]               # the bank that it pays to
code = "TBCBGE22"
cert_id = "oa1MrK2x1ZjM"

[keys]
transport = "pkcs1"            # padding of the AES key: "pkcs1", "oaep", "oaep-256", "oaep-256-mgf1-sha1"
[keys.sender]
public = "file:sender-public.pem"                    # SubjectPublicKeyInfo or certificate; verifies signatures
# private = "file:sender.pem"  # a test key only: without it, what is encrypted to the sender bank is not judged
[keys.receiver]
private = "file:receiver.pem"  # a test key, made for this: opens what is encrypted to the receiver bank

[scenarios]                    # the mobile number that is paid to decides what the gateway answers
good = ["995577445566", "995577445567"]              # two at least
slow = ["995577445568"]        # validation takes some questions
unknown_payee = ["995500000000"]                     # the payee is rejected
rejected_payer = ["995577445570"]                    # the payer is rejected
canceled = ["995577445571"]    # the payment is canceled
refused = ["995577445572"]     # Validate Payer is refused

[sender]
wait_s = 600                   # how long the suite waits for a payment to each of these numbers
# command = ["./pay", "{mobile}", "{amount}"]        # started once for each; without it a person pays

[polling]
interval_s = 1.0               # the least time between two questions for a payment
patience_s = 60.0              # a validated payment is confirmed within that time

[dates]
zone = "Asia/Tbilisi"          # what a request_date without zone means
# tolerance_s = 300            # how far off a request_date may be

[attestations]                 # your word for what no request can show; "conformance list instant-payment" asks
"""
