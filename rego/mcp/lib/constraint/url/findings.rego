package mcp.lib.constraint.url

import data.mcp.lib.argument
import data.mcp.lib.grant
import data.mcp.lib.reason

# METADATA
# title: No URL to judge
# description: >-
#   An argument that the grant constrains as a URL is absent, or is no string (an empty array, or one of other things).
# custom:
#   fix: Send the URL as a string. If the tool names it otherwise, name that argument in url_arguments.
#   controls: [NIST SI-10, CWE-20]
url_missing contains reason.of(rego.metadata.chain(), judged, place, "url_arguments") if {
	some judged in _judged
	values := argument.read(judged.constraint.arguments, "url")
	some place in argument.unreadable(values)
}

# METADATA
# title: Unsafe URL
# description: >-
#   The URL doesn't parse, holds user information or hidden characters, or is written so that two parsers could read
#   different hosts in it.
# custom:
#   fix: Send the URL in its plain form, scheme://host/path, without user information, white space or backslashes.
#   controls: [OWASP A10:2021, NIST SI-10, CWE-918]
url_unsafe contains reason.of(rego.metadata.chain(), judged, place, "url_arguments") if {
	some [judged, place, fact] in _urls
	not _known(fact)
}

# METADATA
# title: Scheme not allowed
# description: The URL's scheme is none of the grant's allowed_schemes (http and https where none are stated).
# custom:
#   fix: Use an allowed scheme, or add the scheme to allowed_schemes.
#   controls: [OWASP A10:2021, NIST AC-4, CWE-918]
scheme_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_schemes") if {
	some [judged, place, fact] in _urls
	_known(fact)
	constraint := judged.constraint
	not _scheme_allowed(constraint, fact)
}

# METADATA
# title: Host not allowed
# description: The URL's host is public, and no entry of the grant's allowed_hosts covers it on this port.
# custom:
#   fix: Use an allowed host and port, or add the host to allowed_hosts.
#   monitor: true
#   controls: [OWASP A10:2021, NIST AC-4, CWE-918]
host_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_hosts") if {
	some [judged, place, fact] in _urls
	_known(fact)
	fact.class == "public"
	constraint := judged.constraint
	not _host_allowed(constraint, fact)
}

# METADATA
# title: Internal host
# description: The URL's host is an address, a single label or an internal name, which allowed_hosts doesn't name.
# custom:
#   fix: Use a public host. If the internal one is meant, name it, with its port, in allowed_hosts.
#   controls: [OWASP A10:2021, NIST SC-7, CWE-918]
host_internal contains reason.of(rego.metadata.chain(), judged, place, "allowed_hosts") if {
	some [judged, place, fact] in _urls
	_known(fact)
	fact.class != "public"
	constraint := judged.constraint
	not _host_allowed(constraint, fact)
}

_judged contains judged if {
	some judged in grant.judged
	judged.constraint.kind == "url"
}

_urls contains [judged, place, _fact(place)] if {
	some judged in _judged
	some place, value in argument.read(judged.constraint.arguments, "url")
	argument.text(place, value)
}
