"""The gateway over Streamable HTTP: many clients, one server, the relay between them.

Guarantees: what passes between them passed the relay, whichever way it came: an answer on a stream that a client took
up again is the answer that the relay gave. Nobody is served unknown, a session serves its owner alone, and of headers
only those pass that are known. A server that is dead, silent or odd is an error for whoever waits. It knows no policy.
"""
