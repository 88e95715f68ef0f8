"""What `conformance init kz-accounts` writes."""

TEMPLATE = """\
# kz-accounts: the accounts API of the National Payment Corporation of Kazakhstan.
# Any value may be "env:NAME" (environment variable) or "file:PATH" (relative to this file): keep secrets there.
contract = "kz-accounts"
role = "provider"              # "provider": a bank's own API; "system": the System's gateway

[target]
name = "My bank, staging"
base_url = "https://openapi.stage.bank.example"      # what stands before /v3/accounts
versions = ["v3"]              # v3 always; add "v2", "v1", "providers-v1" where they are published
# provider_id = "uuid"         # role "system": sent as x-provider-id
# ca_file = "ca.pem"           # issuer of the server's certificate, where it is not a public one
# client_cert = "client.pem"   # for mutual TLS
# client_key = "client-key.pem"

[limits]
max_rps = 20                   # never more requests a second than this
timeout_s = 10

# Tokens. Give either table or both: a static token wins, minting makes the rest.
# What neither gives leaves the checks that need it inconclusive, and the report says which.
[auth.static]
full = "env:TOKEN_FULL"        # all three scopes
# accounts = "env:TOKEN_ACCOUNTS"                    # one scope each
# account_balance = "env:TOKEN_BALANCE"
# account_transactions = "env:TOKEN_TRANSACTIONS"
# none = "env:TOKEN_NONE"                            # valid, but without any scope
# expired = "env:TOKEN_EXPIRED"
# revoked = "env:TOKEN_REVOKED"                      # valid until the client withdrew consent
# foreign_key = "env:TOKEN_FOREIGN_KEY"              # signed by a key the System never published
# other_client = "env:TOKEN_OTHER_CLIENT"            # another client's token with all scopes

# [auth.mint]                  # a test key whose public half the provider trusts (JWK Set, clause 93)
# key = "file:as-private.pem"  # PKCS#8 PEM
# alg = "RS256"
# kid = "test-1"
# claims = { iss = "...", aud = "...", sub = "client-1", client_id = "app-1" }   # iat, exp, jti, scope are added
# scope_claim = "scope"        # a space-separated string; "scp[]" for an array
# other_client_claims = { sub = "client-2" }

[data]
# existing_iban = "KZ..."      # an account of the client
# missing_iban = "KZ..."       # a well-formed IBAN that nobody has
# account_ids = ["..."]        # all open accounts of the client, so that a missing one is seen
# closed_account_ids = ["..."] # closed or blocked accounts, never to be listed
# other_client_account_id = "..."

[rate_limit]
probe = false                  # true: the check of clause 33 may send a burst
# declared_per_second = 20     # what the provider says it allows
# burst = 200                  # at most so many requests

# [evidence]
# operator_key = "file:operator.pem"   # adds exchanges.jwe: all exchanges as they were, for the owner of that key alone

[attestations]                 # your word for what no request can show; "conformance list kz-accounts" asks
# "KZA-LOG-01" = "Kept for 5 years in the SIEM, order 17 of 2026-02-01"
"""
