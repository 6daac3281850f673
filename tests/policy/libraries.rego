# What the tests ask the pure libraries, in whichever engine: each question names a function and its arguments.
package mcp.authz

import data.mcp.lib.host
import data.mcp.lib.name
import data.mcp.lib.path
import data.mcp.lib.plain
import data.mcp.lib.pointer
import data.mcp.lib.words

decision := [object.union({"question": i}, _told(question)) | some i, question in input.questions]

visible := []

needs := []

about := []

_told([function, arguments]) := {"answer": _answer(function, arguments)} if true

else := {}

_answer("path.canonical", [text]) := path.canonical(text)

_answer("path.match", [index, text]) := path.match(index, text)

_answer("path.clear", [index, text]) := path.clear(index, text)

_answer("path.under", [index, text]) := path.under(index, text)

_answer("path.relative", [text, roots]) := path.relative(text, roots)

_answer("path.allowed_extension", [extensions, text]) := path.allowed_extension(extensions, text)

_answer("path.clear_extension", [extensions, text]) := path.clear_extension(extensions, text)

_answer("name.valid", [text]) := name.valid(text)

_answer("name.covering", [patterns, server, text]) := name.covering(patterns, server, text)

_answer("name.server_asked", [patterns, text]) := name.server_asked(patterns, text)

_answer("host.allowed", [index, url]) := host.allowed(index, url)

_answer("host.exact", [index, url]) := host.exact(index, url)

_answer("plain.plain", [value]) := plain.plain(value)

_answer("words.access", [vocabulary, text]) := words.access(vocabulary, text)

_answer("words.holds_write", [vocabulary, text]) := words.holds_write(vocabulary, text)

_answer("pointer.found", [arguments, segments]) := pointer.found(arguments, segments)

_answer("pointer.complete", [arguments, segments]) := pointer.complete(arguments, segments)

_answer("lower", [text]) := lower(text)
