package mcp.lib.policy_test

import data.mcp.lib.policy

# file:///srv/docs/** and memo:*, as the converter sorts them
_resources := {
	"exact": {"./note://today": true},
	"levels": [[6, {"./file:///srv/docs": [true, null, null, null]}]],
	"folds": {},
	"encoded": {},
}

_data := {"actors": {"agent": {"resources": _resources}}}

test_a_resource_that_an_entry_covers if {
	_granted("note://today")
	_granted("file:///srv/docs/a.md")
	not _granted("note://tomorrow")
	not _granted("file:///srv/docsx/a.md")
}

test_a_template_below_an_entry if {
	_offered("file:///srv/docs/{path}")
	_offered("file:///srv/docs/{year}/{month}")
	_offered("file:///srv/docs/notes-{name}")
}

test_a_template_elsewhere if {
	not _offered("file:///etc/{path}")
	not _offered("file:///srv/docs{path}")
	not _offered("{scheme}:///srv/docs/a")
}

test_a_template_that_leads_elsewhere if {
	not _offered("file:///srv/docs/../{path}")
	not _offered("file:///srv/docs/%2e%2e/{path}")
	not _offered("file:///srv/docs//{path}")
}

test_a_template_without_a_scheme_that_leads_elsewhere if {
	docs := {"actors": {"agent": {"resources": object.union(_resources, {"levels": [[2, {"./docs": [true]}]]})}}}
	policy.template_granted(["actors", "agent"], "docs/{name}") with data.mcp.policy as docs
	not policy.template_granted(["actors", "agent"], "docs/../{name}") with data.mcp.policy as docs
}

test_a_template_that_leads_nowhere_further if {
	_everything("memo:{name}")
	_everything("{name}")
}

_granted(address) if policy.resource_granted(["actors", "agent"], address) with data.mcp.policy as _data

_offered(template) if policy.template_granted(["actors", "agent"], template) with data.mcp.policy as _data

_everything(template) if {
	whole := object.union(_resources, {"levels": [[1, {".": [true, null, null, null]}]]})
	policy_data := {"actors": {"agent": {"resources": whole}}}
	policy.template_granted(["actors", "agent"], template) with data.mcp.policy as policy_data
}
