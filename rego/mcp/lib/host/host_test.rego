package mcp.lib.host_test

import data.mcp.lib.host

# api.example.com:8443, localhost, **.example.org, *.x.example.net, 10.0.0.1
_index := {
	"exact": {"api.example.com": [false, [8443]], "localhost": [true, []], "10.0.0.1": [true, []]},
	"below": {"example.org": [true, [8080]]},
	"sizes": [2],
	"shapes": [[[true, false, false, false], {"*.x.example.net": [true, []]}]],
}

_url(name, port, class) := {
	"known": true, "scheme": "https", "host": name, "port": port, "default_port": port == 443, "class": class,
}

_allowed(name) if host.allowed(_index, _url(name, 443, "public"))

test_a_host_spelled_out_is_allowed_on_its_ports if {
	host.allowed(_index, _url("api.example.com", 8443, "public"))
	not host.allowed(_index, _url("api.example.com", 443, "public"))
	host.exact(_index, _url("localhost", 443, "internal"))
	host.allowed(_index, _url("10.0.0.1", 443, "address"))
	not host.allowed(_index, _url("localhost", 8080, "internal"))
}

test_two_stars_cover_a_name_and_all_below if {
	_allowed("example.org")
	_allowed("a.b.example.org")
	host.allowed(_index, _url("a.example.org", 8080, "public"))
	not _allowed("evilexample.org")
	not _allowed("org")
}

test_two_stars_alone_cover_every_public_name if {
	index := {"exact": {}, "below": {"": [true, []]}, "sizes": [0], "shapes": []}
	host.allowed(index, _url("a.example", 443, "public"))
	not host.allowed(index, _url("localhost", 443, "internal"))
	not host.allowed(index, _url("10.0.0.1", 443, "address"))
}

test_a_star_is_one_label if {
	_allowed("a.x.example.net")
	not _allowed("x.example.net")
	not _allowed("a.b.x.example.net")
	not _allowed("a.y.example.net")
	not _allowed("a.x.example.net.evil.com")
}

test_no_pattern_covers_what_is_not_public if {
	not host.allowed(_index, _url("a.example.org", 443, "internal"))
	not host.exact(_index, _url("a.example.org", 443, "public"))
}

test_what_is_unknown_is_not_allowed if {
	known := _url("localhost", 443, "public")
	not host.allowed(_index, object.union(known, {"known": false}))
	not host.allowed(_index, object.union(known, {"host": null}))
	not host.allowed(_index, object.union(known, {"host": "a.example.org", "known": false}))
	not host.allowed(_index, {"known": true})
	not host.allowed(_index, null)
	not host.allowed({}, known)
	not host.exact(null, known)
}
