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
  ]
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
  ]
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
  ]
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
  ]
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
  ]
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
  ]
 },
 {
  "name": "target.ids",
  "type": "tags",
  "description": "The addresses, accounts or paths that the call is aimed at, read from its input where the tool declares `targets`.",
  "appliesTo": [
   "tool"
  ],
  "missing": "inapplicable",
  "examples": [
   [
    "dana@acme.example"
   ]
  ]
 },
 {
  "name": "target.domains",
  "type": "tags",
  "description": "The domains among the targets: what stands behind the `@` of a mail address, or the host of a URL.",
  "appliesTo": [
   "tool"
  ],
  "missing": "inapplicable",
  "examples": [
   [
    "acme.example"
   ]
  ]
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
  ]
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
  ]
 }
] as const;
