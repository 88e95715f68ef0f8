"""What `conformance init instant-payment` writes."""

TEMPLATE = """\
# instant-payment: the Instant Payment Gateway. The suite plays the sender bank.
# Any value may be "env:NAME" (environment variable) or "file:PATH" (relative to this file): keep secrets there.
contract = "instant-payment"
role = "gateway"

[target]
name = "Gateway, staging"
base_url = "https://gateway.stage.example"           # what stands before /v1/payments
# ca_file = "ca.pem"           # issuer of the server's certificate, where it is not a public one
# client_cert = "client.pem"   # for mutual TLS
# client_key = "client-key.pem"

[limits]
max_rps = 10                   # never more requests a second than this
timeout_s = 10

[banks.sender]                 # the bank whose part the suite plays
code = "BAGAGE22"
cert_id = "S0VZLS0tLS0KTUlH"
[banks.receiver]               # the bank that is paid to
code = "TBCBGE22"
cert_id = "oa1MrK2x1ZjM"
# [banks.other]                # a third registered bank, so that mixed up certificates are tried
# code = "..."
# cert_id = "..."
# [banks.nobody]               # a code and an id that no bank has
# code = "ZZZZGE2X"
# cert_id = "conformance-unknown"

[keys]
transport = "pkcs1"            # padding of the AES key: "pkcs1", "oaep", "oaep-256", "oaep-256-mgf1-sha1"
kid_in_header = false          # true: kid = cert_id in each JWS header
[keys.sender]
private = "file:sender.pem"    # PKCS#8 PEM; signs, and opens what is encrypted to the sender bank
[keys.receiver]
public = "file:receiver-public.pem"                  # SubjectPublicKeyInfo or certificate
# private = "file:receiver.pem"                      # lets the suite ask as the receiver bank
# [keys.other]
# private = "file:other.pem"
# [keys.stray]
# private = "file:stray.pem"   # a key that is registered nowhere; without it a published test key

[payee]
mobile = "env:PAYEE_MOBILE"    # the receiver bank knows it
unknown_mobile = "995500000000"                      # nobody has it
# initials = "M.A."            # what the receiver bank answers
[payer.good]                   # a payer whom the receiver bank takes
first_name_ka = "დავით"
last_name_ka = "ბერაძე"
first_name_en = "Davit"
last_name_en = "Beradze"
personal_id = "env:PAYER_PERSONAL_ID"
date_of_birth = "23/05/1987"   # DD/MM/YYYY
initials_ka = "დ.ბ."
initials_en = "D.B."
# [payer.rejected]             # the same eight members of a payer whom it does not take

[amounts]
currencies = ["GEL"]           # all that the gateway offers
usual = "10.50"
small = "0.10"
large = "1234567.89"

[polling]
interval_s = 1.0               # between two questions for a payment
patience_s = 60.0              # after that a step that did not happen is inconclusive
quiet_intervals = 3            # how long nothing must happen

[dates]
zone = "Asia/Tbilisi"          # what a request_date without zone means
# tolerance_s = 300            # how far off a request_date may be; without it that is not judged

[receiver]
opens = true                   # false: nobody behind the gateway opens what is encrypted

[answers]
# initials = "/payee/initials_ka"                    # JSON Pointer into the receiver bank's answer

[messages]
confirm_keys = true            # false: Make a Payment without encrypted keys
oversized_bytes = 4194304      # of a message that is too large

[listener]
# address = "http://10.0.0.5:8701"                   # where the target could reach the suite

[data]
# canceled_payment_id = "..."  # a payment of the sender bank in the status CANCELED

[attestations]                 # your word for what no request can show; "conformance list instant-payment" asks
"""
