# METADATA
# title: URLs
# description: >-
#   Judges `url` constraints by what a WHATWG parser read in each URL. What a host's name resolves to, and where it
#   redirects, it can't know.
package mcp.lib.constraint.url

import data.mcp.lib.argument
import data.mcp.lib.call
import data.mcp.lib.host
import data.mcp.lib.optional

# METADATA
# description: The constraint is whole. What it lacks would otherwise not bind.
whole(constraint) if {
	argument.whole(constraint.arguments)
	is_object(constraint.schemes)
	optional.map(constraint.allow_hosts)
}

# METADATA
# description: Every URL that the constraint reads is understood, and its scheme and host are allowed.
holds(constraint) if {
	whole(constraint)
	values := argument.read(constraint.arguments, "url")
	argument.readable(values)
	every place, _ in values {
		fact := _fact(place)
		_known(fact)
		_scheme_allowed(constraint, fact)
		_host_allowed(constraint, fact)
	}
}

# An unread URL is one that isn't known.
_fact(place) := object.get(call.facts.url, place, {"known": false})

_known(fact) if {
	fact.known == true
	is_string(fact.scheme)
	is_string(fact.host)
	is_number(fact.port)
	is_boolean(fact.default_port)
	fact.class in {"public", "internal", "address"}
}

_scheme_allowed(constraint, fact) if constraint.schemes[fact.scheme]

_host_allowed(constraint, fact) if {
	fact.class == "public"
	constraint.allow_hosts == null
} else if {
	fact.class == "public"
	host.allowed(constraint.allow_hosts, fact)
} else if host.exact(constraint.allow_hosts, fact)
