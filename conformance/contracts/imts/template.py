"""What `conformance init imts` writes."""

TEMPLATE = """\
# imts: the International Money Transfer System. The suite plays the partner (agent).
# Any value may be "env:NAME" (environment variable) or "file:PATH" (relative to this file): keep secrets there.
#
# Half of this contract is not public. What is known is checked as it stands. What the source leaves open is a reading
# ([signature], [encryption]): "conformance doctor" tries which one the target accepts. What nobody outside knows is
# yours to map ([paths], [members], [values]); a method without a path is "not applicable" in the report.
contract = "imts"
role = "system"

[target]
name = "IMTS, staging"
base_url = "https://imts.stage.example"              # what stands before /v5/partner/transfer/fees
# ca_file = "ca.pem"           # issuer of the server's certificate, where it is not a public one

[limits]
max_rps = 10                   # never more requests a second than this
timeout_s = 10

[auth]
agent_id = "env:IMTS_AGENT_ID"
agent_secret = "env:IMTS_AGENT_SECRET"               # signs requests
partner_key = "env:IMTS_PARTNER_KEY"                 # encrypts personal data (AES-256)
# access_token = "env:IMTS_TOKEN"                    # where paths.get_token is not mapped
# expired_token = "env:IMTS_EXPIRED_TOKEN"           # good once, and no more
# refresh_in = "body"          # "bearer": the refresh token goes in the header Authorization
# [auth.other]                 # another agent, so that it is seen that he reads nothing of yours
# agent_id = "..."
# agent_secret = "..."
# partner_key = "..."
# access_token = "..."
# country = "KAZ"              # where it pays transfers out

[signature]                    # the source's rule and its example contradict each other; these are the defaults
salt_is_signed = true          # false: pg_salt is left out of the signed text, as in the example
key = "agent_secret"           # "empty": HMAC without a key, as the formula shows it
secret_is_appended = true      # false: the text ends with the last value
numbers = "as_sent"            # "shortest": 100.50 is signed as 100.5
send_salt = true               # false: requests have no pg_salt
unsigned = ["get_token", "refresh_token"]            # methods that are not signed
queries = false                # true: a GET has pg_sig among its parameters

[encryption]
iv = "before"                  # "after" the ciphertext, or "apart" in a member of its own
# iv_member = "iv"
key_form = "base64"            # how partner_key is written here: "raw", "hex", "base64"

[paths]                        # the six of the source are known; of these it gives the name alone
# get_token = "/v5/partner/..."                      # POST
# refresh_token = "/v5/partner/..."                  # PATCH
# get_agents = "/v5/partner/..."                     # GET
# create_person = "/v5/partner/..."                  # POST
# create_business = "/v5/partner/..."                # POST
# print_application = "/v5/partner/..."              # POST
# search = "/v5/partner/..."                         # POST
# get_person_info = "/v5/partner/..."                # POST
# get_business_info = "/v5/partner/..."              # POST
# status = "/v5/partner/...?transfer_id={transfer_id}"               # GET
# info = "/v5/partner/...?transfer_id={transfer_id}"                 # GET

# Members of requests beyond those that the source names; a table replaces the default, which is shown here.
# Placeholders: {agent_id} {agent_secret} {refresh_token} {target_agent_id} {client_id} {transfer_id} {uuid} {salt}
# {originator_type} {target_country} {amount_source} {currency_source} {currency_target} {destination_type}
# {destination_identifier}; {client_id} is what registering a sender gave, {uuid} a new one for each request.
# [members.get_token]
# agent_id = "{agent_id}"
# agent_secret = "{agent_secret}"
# [members.refresh_token]
# refresh_token = "{refresh_token}"
# [members.create]
# client_uuid = "{uuid}"       # "{client_id}" where it names the registered sender
# originator_type = "{originator_type}"
# amount_source = "{amount_source}"
# currency_source = "{currency_source}"
# currency_target = "{currency_target}"
# ...     = "{client_id}"      # the member that names the registered sender; without it that rule is not applicable
# [members.confirm]            # and payout, payout_confirm, cancel, search, print_application alike
# transfer_id = "{transfer_id}"
# [members.get_person_info]    # and get_business_info alike
# client_id = "{client_id}"

[values]                       # where values stand in answers: a JSON Pointer, or { default = "...", info = "..." }
access_token = "/access_token"
refresh_token = "/refresh_token"
client_id = "/client_id"       # in the answer to create_person and create_business
transfer_id = "/transfer_id"   # in the answer to create; where search gives a list:
#             = { default = "/transfer_id", search = "/transfers/0/transfer_id" }
status = "/status"             # of the transfer
fee = "/fee"
agent_id = "/agents/0/agent_id"                      # in the list of agents: of the first one, and so of each
# personal_data = "/client"    # the object that holds encrypted_data in answers; "" is the answer itself
# outcome = "/result"          # where a 2xx says that it is a refusal, ...
# refused_outcomes = ["error"] # ... and by which words

[fees]                         # what fees are asked for and transfers made of
originator_type = "person"
target_country = "KAZ"         # ISO 3166-1 alpha-3
amount_source = "100.50"
currency_source = "USD"
currency_target = "KZT"

[transfer]
phone = "env:IMTS_PHONE"       # one destination of each type that transfers go to
# iban = "env:IMTS_IBAN"
# pan = "env:IMTS_PAN"
# target_agent_id = "..."      # an agent for directed transfers

# Personal data, encrypted before they are sent: the members are those that the target wants.
# [clients]
# codes = ["document_type"]    # members whose values tell nothing of a person: they may show in answers
# [clients.person]
# first_name = "..."
# [clients.rejected_person]    # whom AML rejects as a sender
# [clients.business]
# [clients.recipient]          # of a payout
# [clients.rejected_recipient] # whom AML rejects as a recipient

[polling]
interval_s = 1.0               # between two questions for a transfer
patience_s = 30.0              # how long AML may take

[callbacks]
# address = "http://10.0.0.5:8702"                   # of the suite, as it was given to the target beforehand
# transfer_id = "/transfer_id" # JSON Pointers into notifications
# status = "/status"
# kind = "/type"               # where a notification says that it is a status_update
# wait_s = 10.0                # how long a notification may take
# retry_every_s = 900.0        # 15 minutes; a test system scaled to 60 or less lets the rule on repeats be observed

[attestations]                 # your word for what no request can show; "conformance list imts" asks
"""
