package mcp.lib.host

# METADATA
# title: The URL's host is allowed
# description: |
#   `index` is HOSTS as `mcp_opa/policy/patterns/hosts.py` makes it, `url` a URL fact. Patterns cover public names alone.
allowed(index, url) if exact(index, url)

allowed(index, url) if {
	url.known == true
	url.class == "public"
	labels := split(url.host, ".")
	some ports in _patterns(index, labels)
	_on(ports, url)
}

# METADATA
# title: The URL's host is an entry of its own
# description: What an address or an internal name needs.
exact(index, url) if {
	url.known == true
	_on(index.exact[url.host], url)
}

# `**.x` by the tails of the host, none included, then `*` by which labels are any.
_patterns(index, labels) := array.concat(tails, shapes) if {
	tails := [ports | some size in index.sizes; ports := index.below[_tail(labels, size)]]
	shapes := [ports | some [anys, hosts] in index.shapes; ports := hosts[_masked(anys, labels)]]
}

_tail(labels, size) := concat(".", array.slice(labels, count(labels) - size, count(labels))) if size <= count(labels)

_masked(anys, labels) := concat(".", [_mask(any, labels[i]) | some i, any in anys]) if count(anys) == count(labels)

_mask(true, _) := "*"

_mask(false, label) := label

_on([true, _], url) if url.default_port == true

_on([_, ports], url) if url.port in ports
