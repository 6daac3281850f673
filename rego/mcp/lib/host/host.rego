package mcp.lib.host

# METADATA
# title: The URL's host is allowed
# description: |
#   `index` is HOSTS (`mcp_opa/policy/patterns/hosts.py`), `url` a URL fact. Patterns cover public names alone.
allowed(index, url) if {
	exact(index, url)
} else if {
	url.known == true
	url.class == "public"
	is_string(url.host)
	labels := split(url.host, ".")
	some ports in array.concat(_below(index, labels), _shaped(index.shapes, labels))
	_open(ports, url)
}

# METADATA
# title: The URL's host is an entry of its own
# description: As an address and an internal name need it.
exact(index, url) if {
	url.known == true
	_open(index.exact[url.host], url)
}

# `**.x`, by how many labels `x` has.
_below(index, labels) := [ports |
	some size in index.sizes
	size <= count(labels)
	ports := index.below[concat(".", array.slice(labels, count(labels) - size, count(labels)))]
]

# `*`, by which labels are any.
_shaped(shapes, labels) := [ports |
	some [stars, hosts] in shapes
	count(stars) == count(labels)
	ports := hosts[concat(".", [_masked(star, labels[i]) | some i, star in stars])]
]

_masked(star, label) := label if {
	star == false
} else := "*"

_open(ports, url) if {
	ports[0] == true
	url.default_port == true
} else if url.port in ports[1]
