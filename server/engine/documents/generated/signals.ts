/** Generated from schemas/ by scripts/generate.ts. Do not edit. */
export const signals = [
 {
  "name": "action.type",
  "type": "enum",
  "description": "What the agent asks for.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "values": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "examples": [
   "tool"
  ],
  "origin": "declared"
 },
 {
  "name": "tool.name",
  "type": "string",
  "description": "The name of the tool that is called.",
  "appliesTo": [
   "tool"
  ],
  "missing": "unknown",
  "examples": [
   "send_mail"
  ],
  "origin": "declared"
 },
 {
  "name": "tool.kind",
  "type": "enum",
  "description": "What the tool does to the world.",
  "appliesTo": [
   "tool"
  ],
  "missing": "unknown",
  "values": [
   "read",
   "write",
   "execute"
  ],
  "examples": [
   "write"
  ],
  "origin": "declared",
  "fixedBy": "tool.name"
 },
 {
  "name": "tool.tags",
  "type": "tags",
  "description": "The tags that the tool is declared with.",
  "appliesTo": [
   "tool"
  ],
  "missing": "unknown",
  "examples": [
   [
    "send",
    "money"
   ]
  ],
  "origin": "declared",
  "fixedBy": "tool.name"
 },
 {
  "name": "tool.risk",
  "type": "integer",
  "description": "How much harm a wrong use can do, from 0 (none) to 5 (irreversible).",
  "appliesTo": [
   "tool"
  ],
  "missing": "unknown",
  "minimum": 0,
  "maximum": 5,
  "examples": [
   4
  ],
  "origin": "declared",
  "fixedBy": "tool.name"
 },
 {
  "name": "tool.cost",
  "type": "money",
  "description": "What the call costs, as declared.",
  "appliesTo": [
   "tool"
  ],
  "missing": "unknown",
  "unit": "usd",
  "minimum": 0,
  "examples": [
   0.25
  ],
  "origin": "declared",
  "fixedBy": "tool.name"
 },
 {
  "name": "target.ids",
  "type": "tags",
  "description": "The addresses, accounts or paths that the call is aimed at, read from its input where the tool declares `targets`. Mail addresses are compared without names and in lower case, all else as it is written. Unknown where a text may hold another address than it seems.",
  "appliesTo": [
   "tool"
  ],
  "missing": "inapplicable",
  "examples": [
   [
    "dana@acme.example"
   ]
  ],
  "origin": "input"
 },
 {
  "name": "target.domains",
  "type": "tags",
  "description": "The domains among the targets: what stands behind the `@` of a mail address, or the host of a URL, also of one without a scheme (`evil.example/x`). They are compared in Unicode letters, in lower case and without a dot at the end. Unknown where one cannot be read for certain, and in Punycode (`xn--…`).",
  "appliesTo": [
   "tool"
  ],
  "missing": "inapplicable",
  "examples": [
   [
    "acme.example"
   ]
  ],
  "origin": "input",
  "fixedBy": "target.ids"
 },
 {
  "name": "agent.id",
  "type": "string",
  "description": "The variant that acts.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "examples": [
   "obedient-strict"
  ],
  "origin": "declared"
 },
 {
  "name": "agent.role",
  "type": "string",
  "description": "The role of the agent, from its variant or preset.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "examples": [
   "assistant"
  ],
  "origin": "declared",
  "fixedBy": "agent.id"
 },
 {
  "name": "agent.node",
  "type": "string",
  "description": "The node of the preset that the action comes from.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "inapplicable",
  "origin": "declared",
  "examples": [
   "act"
  ]
 },
 {
  "name": "trial.steps",
  "type": "integer",
  "description": "How many actions this trial has proposed before this one.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "minimum": 0,
  "origin": "trial",
  "atMost": [
   "agent.steps"
  ],
  "examples": [
   10
  ]
 },
 {
  "name": "trial.failures",
  "type": "integer",
  "description": "How many actions of this trial have failed so far (tool errors, timeouts, invalid input or output).",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "minimum": 0,
  "origin": "trial",
  "atMost": [
   "trial.steps",
   "agent.failures"
  ],
  "examples": [
   3
  ]
 },
 {
  "name": "trial.consecutiveFailures",
  "type": "integer",
  "description": "How many of the latest actions of this trial have failed in a row.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "minimum": 0,
  "examples": [
   3
  ],
  "origin": "trial",
  "atMost": [
   "trial.failures"
  ]
 },
 {
  "name": "trial.denials",
  "type": "integer",
  "description": "How many actions of this trial have been denied so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "minimum": 0,
  "origin": "trial",
  "atMost": [
   "trial.steps",
   "agent.denials"
  ],
  "examples": [
   2
  ]
 },
 {
  "name": "trial.cost",
  "type": "money",
  "description": "What this trial has spent so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "usd",
  "minimum": 0,
  "examples": [
   1.5
  ],
  "origin": "trial",
  "atMost": [
   "agent.cost"
  ]
 },
 {
  "name": "trial.sameToolCalls",
  "type": "integer",
  "description": "How many calls of this tool have been allowed in this trial before this one.",
  "appliesTo": [
   "tool"
  ],
  "missing": "unknown",
  "atMost": [
   "trial.steps"
  ],
  "minimum": 0,
  "origin": "trial",
  "examples": [
   3
  ]
 },
 {
  "name": "trial.stepsPerMinute",
  "type": "integer",
  "description": "How many actions this trial has proposed in the last minute before this one, by whole seconds.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "steps",
  "atMost": [
   "trial.steps"
  ],
  "minimum": 0,
  "origin": "clock",
  "examples": [
   30
  ]
 },
 {
  "name": "trial.elapsedMs",
  "type": "integer",
  "description": "How long this trial has been going on.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "ms",
  "minimum": 0,
  "origin": "clock",
  "examples": [
   60000
  ]
 },
 {
  "name": "agent.steps",
  "type": "integer",
  "description": "How many actions all trials of this variant together have proposed so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "atMost": [
   "run.steps"
  ],
  "minimum": 0,
  "origin": "shared",
  "examples": [
   200
  ]
 },
 {
  "name": "agent.failures",
  "type": "integer",
  "description": "How many actions of all trials of this variant together have failed so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "atMost": [
   "agent.steps",
   "run.failures"
  ],
  "minimum": 0,
  "origin": "shared",
  "examples": [
   20
  ]
 },
 {
  "name": "agent.denials",
  "type": "integer",
  "description": "How many actions of all trials of this variant together have been denied so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "atMost": [
   "agent.steps",
   "run.denials"
  ],
  "minimum": 0,
  "origin": "shared",
  "examples": [
   20
  ]
 },
 {
  "name": "agent.stepsPerMinute",
  "type": "integer",
  "description": "How many actions all trials of this variant together have proposed in the last minute before this one, by whole seconds.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "steps",
  "atMost": [
   "agent.steps"
  ],
  "minimum": 0,
  "origin": "clock",
  "examples": [
   30
  ]
 },
 {
  "name": "agent.cost",
  "type": "money",
  "description": "What all trials of this variant have spent so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "usd",
  "minimum": 0,
  "origin": "shared",
  "atMost": [
   "run.cost"
  ],
  "examples": [
   5
  ]
 },
 {
  "name": "run.steps",
  "type": "integer",
  "description": "How many actions the whole run has proposed so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "atMost": [
   "workspace.steps"
  ],
  "minimum": 0,
  "origin": "shared",
  "examples": [
   200
  ]
 },
 {
  "name": "run.failures",
  "type": "integer",
  "description": "How many actions of the whole run have failed so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "atMost": [
   "run.steps",
   "workspace.failures"
  ],
  "minimum": 0,
  "origin": "shared",
  "examples": [
   20
  ]
 },
 {
  "name": "run.denials",
  "type": "integer",
  "description": "How many actions of the whole run have been denied so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "atMost": [
   "run.steps",
   "workspace.denials"
  ],
  "minimum": 0,
  "origin": "shared",
  "examples": [
   20
  ]
 },
 {
  "name": "run.stepsPerMinute",
  "type": "integer",
  "description": "How many actions the whole run has proposed in the last minute before this one, by whole seconds.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "steps",
  "atMost": [
   "run.steps"
  ],
  "minimum": 0,
  "origin": "clock",
  "examples": [
   30
  ]
 },
 {
  "name": "run.cost",
  "type": "money",
  "description": "What the whole run has spent so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "usd",
  "minimum": 0,
  "examples": [
   20
  ],
  "origin": "shared",
  "atMost": [
   "workspace.cost"
  ]
 },
 {
  "name": "run.elapsedMs",
  "type": "integer",
  "description": "How long this run has been going on.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "ms",
  "minimum": 0,
  "origin": "clock",
  "examples": [
   600000
  ]
 },
 {
  "name": "workspace.steps",
  "type": "integer",
  "description": "How many actions all runs of the workspace together have proposed so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "minimum": 0,
  "origin": "shared",
  "examples": [
   200
  ]
 },
 {
  "name": "workspace.failures",
  "type": "integer",
  "description": "How many actions of all runs of the workspace together have failed so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "atMost": [
   "workspace.steps"
  ],
  "minimum": 0,
  "origin": "shared",
  "examples": [
   20
  ]
 },
 {
  "name": "workspace.denials",
  "type": "integer",
  "description": "How many actions of all runs of the workspace together have been denied so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "atMost": [
   "workspace.steps"
  ],
  "minimum": 0,
  "origin": "shared",
  "examples": [
   20
  ]
 },
 {
  "name": "workspace.stepsPerMinute",
  "type": "integer",
  "description": "How many actions all runs of the workspace together have proposed in the last minute before this one, by whole seconds.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "steps",
  "atMost": [
   "workspace.steps"
  ],
  "minimum": 0,
  "origin": "clock",
  "examples": [
   30
  ]
 },
 {
  "name": "workspace.cost",
  "type": "money",
  "description": "What all runs of the workspace have spent so far.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "usd",
  "minimum": 0,
  "origin": "shared",
  "examples": [
   100
  ]
 },
 {
  "name": "observation.status",
  "type": "enum",
  "description": "Whether the action worked. Only for `on: observation`.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "values": [
   "ok",
   "failed"
  ],
  "origin": "observation",
  "examples": [
   "failed"
  ]
 },
 {
  "name": "observation.sizeBytes",
  "type": "integer",
  "description": "How large what came back is, as JSON in UTF-8. Only for `on: observation`.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "bytes",
  "minimum": 0,
  "origin": "observation",
  "examples": [
   65536
  ]
 },
 {
  "name": "observation.patterns",
  "type": "tags",
  "description": "Which of the `patterns` that the policy declares are in what came back. Only for `on: observation`.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "origin": "observation",
  "examples": [
   [
    "orders"
   ]
  ]
 },
 {
  "name": "time.utc",
  "type": "integer",
  "description": "The time of the decision in milliseconds since 1970-01-01T00:00Z. For hours and days, write `during`.",
  "appliesTo": [
   "tool",
   "model",
   "message",
   "resource"
  ],
  "missing": "unknown",
  "unit": "ms",
  "minimum": 0,
  "origin": "clock",
  "examples": [
   1790000000000
  ]
 }
] as const;
