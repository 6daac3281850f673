# METADATA
# title: URLs
# description: Judges `url` constraints by what a WHATWG parser read in each URL. What a host resolves to, or redirects to, it can't know.
package mcp.lib.constraint.url

import data.mcp.lib.argument
import data.mcp.lib.call
import data.mcp.lib.grant
import data.mcp.lib.host
import data.mcp.lib.optional
import data.mcp.lib.reason

# METADATA
# description: The constraint is whole. Whatever it lacks would otherwise not bind.
whole(constraint) if {
	argument.whole(constraint.arguments)
	is_object(constraint.schemes)
	optional.object(constraint.allow_hosts)
}

# METADATA
# description: Every URL that the constraint reads is understood, and leads to a scheme and a host that are allowed.
holds(constraint) if {
	whole(constraint)
	values := argument.read(constraint.arguments, "url")
	argument.readable(values)
	every place, _ in values {
		_known(place)
		_scheme_allowed(constraint, place)
		_host_allowed(constraint, place)
	}
}

# METADATA
# title: No URL to judge
# description: An argument that the grant constrains as a URL is absent, or is no string (or an empty array, or an array of others).
# custom:
#   fix: Send the URL as a string; if the tool names it otherwise, name that argument in url_arguments.
#   controls: [NIST SI-10, CWE-20]
url_missing contains reason.of(rego.metadata.chain(), judged, place, "url_arguments") if {
	some judged in _judged
	values := argument.read(judged.constraint.arguments, "url")
	some place in argument.unreadable(values)
}

# METADATA
# title: Unsafe URL
# description: The URL does not parse, holds user information or hidden characters, or is written so that two parsers read different hosts.
# custom:
#   fix: Send the URL in its plain form, scheme://host/path, without user information, white space or backslashes.
#   controls: [OWASP A10:2021, NIST SI-10, CWE-918]
url_unsafe contains reason.of(rego.metadata.chain(), judged, place, "url_arguments") if {
	some [judged, place] in _read
	not _known(place)
}

# METADATA
# title: Scheme not allowed
# description: The URL's scheme is not among the grant's allowed_schemes (http and https where none are stated).
# custom:
#   fix: Use an allowed scheme, or add it to allowed_schemes.
#   controls: [OWASP A10:2021, NIST AC-4, CWE-918]
scheme_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_schemes") if {
	some [judged, place] in _read
	_known(place)
	not _scheme_allowed(judged.constraint, place)
}

# METADATA
# title: Host not allowed
# description: The URL's host is public, and no entry of the grant's allowed_hosts covers it on this port.
# custom:
#   fix: Use an allowed host and port, or add the host to allowed_hosts.
#   monitor: true
#   controls: [OWASP A10:2021, NIST AC-4, CWE-918]
host_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_hosts") if {
	some [judged, place] in _read
	_public(place)
	not _host_allowed(judged.constraint, place)
}

# METADATA
# title: Internal host
# description: The URL's host is an address, a single-label or an internal name, which allowed_hosts doesn't name exactly.
# custom:
#   fix: Use a public host; if the internal one is meant, name it, with its port, in allowed_hosts.
#   controls: [OWASP A10:2021, NIST SC-7, CWE-918]
host_internal contains reason.of(rego.metadata.chain(), judged, place, "allowed_hosts") if {
	some [judged, place] in _read
	_known(place)
	not _public(place)
	not _host_allowed(judged.constraint, place)
}

_judged contains judged if {
	some judged in grant.judged
	judged.constraint.kind == "url"
}

_read contains [judged, place] if {
	some judged in _judged
	some place, value in argument.read(judged.constraint.arguments, "url")
	argument.text(place, value)
}

_known(place) if {
	fact := call.facts.url[place]
	fact.known == true
	is_string(fact.scheme)
	is_string(fact.host)
	is_number(fact.port)
	is_boolean(fact.default_port)
	fact.class in {"public", "internal", "address"}
}

_public(place) if {
	_known(place)
	call.facts.url[place].class == "public"
}

_scheme_allowed(constraint, place) if constraint.schemes[call.facts.url[place].scheme]

_host_allowed(constraint, place) if {
	_public(place)
	constraint.allow_hosts == null
}

_host_allowed(constraint, place) if {
	_public(place)
	host.allowed(constraint.allow_hosts, call.facts.url[place])
}

_host_allowed(constraint, place) if host.exact(constraint.allow_hosts, call.facts.url[place])
