# METADATA
# title: May this actor call this tool, with these arguments, now?
# description: >-
#   The four questions that an engine answers. A call is allowed only on positive proof: it is admitted, and some policy
#   permits it. All else is a refusal with a reason; a question without an id gets no answer.
# scope: subpackages
package mcp.authz

import data.mcp.lib.call
import data.mcp.lib.policy

# METADATA
# title: Which policy answers
# description: Defined only while the policy data is usable.
# entrypoint: true
about := {"version": 1, "id": call.id, "revision": policy.revision, "contact": policy.contact} if policy.usable
