/** Generated from snippets/ by scripts/generate.ts. Do not edit. */
export const snippets = [
 {
  "name": "Capsule",
  "prefix": "capsule",
  "description": "A versioned bundle of presets, policies and recorded runs",
  "body": [
   "apiVersion: assay/v1",
   "kind: Capsule",
   "metadata:",
   "  name: ${1:my-capsule}",
   "  version: 1.0.0",
   "  description: ${2:What this capsule is for}",
   "spec:",
   "  workflow:",
   "    - id: ${3:triage}",
   "      preset: ${4:my-agent}",
   "  presets:",
   "    - path: ${5:./my-agent.preset.yaml}",
   "  policies:",
   "    - path: ${6:./my-policy.policy.yaml}",
   "$0"
  ],
  "kind": "Capsule",
  "at": []
 },
 {
  "name": "Step",
  "prefix": "step",
  "description": "A step of the workflow",
  "body": [
   "id: ${1:triage}",
   "preset: ${2:my-agent}$0"
  ],
  "kind": "Capsule",
  "at": [
   "spec",
   "workflow",
   "*"
  ]
 },
 {
  "name": "Environment",
  "prefix": "environment",
  "description": "The world that tasks happen in, with its tools",
  "body": [
   "apiVersion: assay/v1",
   "kind: Environment",
   "metadata:",
   "  name: ${1:my-environment}",
   "  version: 1.0.0",
   "  description: ${2:What this world holds}",
   "spec:",
   "  module: ${3:./environment/index.mjs}",
   "  tools:",
   "    - name: ${4:search_mail}",
   "      description: ${5:What the tool does}",
   "      kind: ${6|read,write,execute|}",
   "      risk: ${7|0,1,2,3,4,5|}",
   "      input: { type: object, properties: {} }",
   "$0"
  ],
  "kind": "Environment",
  "at": []
 },
 {
  "name": "Tool",
  "prefix": "tool",
  "description": "A tool that agents may call",
  "body": [
   "name: ${1:search_mail}",
   "description: ${2:What the tool does}",
   "kind: ${3|read,write,execute|}",
   "risk: ${4|0,1,2,3,4,5|}",
   "input: { type: object, properties: {} }$0"
  ],
  "kind": "Environment",
  "at": [
   "spec",
   "tools",
   "*"
  ]
 },
 {
  "name": "Experiment",
  "prefix": "experiment",
  "description": "Agent variants on tasks, under policies",
  "body": [
   "apiVersion: assay/v1",
   "kind: Experiment",
   "metadata:",
   "  name: ${1:my-experiment}",
   "  version: 1.0.0",
   "  description: ${2:The question that this experiment answers}",
   "spec:",
   "  environment: ${3:my-environment}",
   "  tasks: ${4:my-tasks}",
   "  repetitions: ${5:1}",
   "  seed: ${6:7}",
   "  variants:",
   "    - id: ${7:baseline}",
   "      agent: { module: ${8:./agents/baseline.mjs} }",
   "      policies: [${9:my-policy}]",
   "$0"
  ],
  "kind": "Experiment",
  "at": []
 },
 {
  "name": "Variant",
  "prefix": "variant",
  "description": "One agent under one set of rules",
  "body": [
   "id: ${1:baseline}",
   "agent: { module: ${2:./agents/baseline.mjs} }",
   "policies: [${3:my-policy}]$0"
  ],
  "kind": "Experiment",
  "at": [
   "spec",
   "variants",
   "*"
  ]
 },
 {
  "name": "Policy",
  "prefix": "policy",
  "description": "A policy: rules and budgets that decide each action",
  "body": [
   "apiVersion: assay/v1",
   "kind: Policy",
   "metadata:",
   "  name: ${1:my-policy}",
   "  version: 1.0.0",
   "  description: ${2:What this policy keeps agents from doing}",
   "spec:",
   "  default: ${3|allow,ask,deny,halt|}",
   "  rules:",
   "    - id: ${4:no-risky-writes}",
   "      effect: ${5|deny,ask,allow,halt|}",
   "      when:",
   "        ${6:tool.kind}: ${7:write}",
   "      reason: ${8:Why this rule is here}",
   "$0"
  ],
  "kind": "Policy",
  "at": []
 },
 {
  "name": "Rule",
  "prefix": "rule",
  "description": "A rule of a policy",
  "body": [
   "id: ${1:no-money}",
   "effect: ${2|deny,ask,allow,halt|}",
   "when:",
   "  ${3:tool.tags}: { ${4:anyOf}: [${5:money}] }",
   "reason: ${6:Why this rule is here}$0"
  ],
  "kind": "Policy",
  "at": [
   "spec",
   "rules",
   "*"
  ]
 },
 {
  "name": "Budget",
  "prefix": "budget",
  "description": "A limit on what may be spent",
  "body": [
   "id: ${1:spend}",
   "unit: ${2|usd,calls,steps|}",
   "limit: ${3:5}",
   "per: ${4|trial,agent,run|}",
   "onExhausted: ${5|deny,halt|}$0"
  ],
  "kind": "Policy",
  "at": [
   "spec",
   "budgets",
   "*"
  ]
 },
 {
  "name": "PolicyTest",
  "prefix": "policytest",
  "description": "Cases that say what policies must decide",
  "body": [
   "apiVersion: assay/v1",
   "kind: PolicyTest",
   "metadata:",
   "  name: ${1:my-policy-cases}",
   "  version: 1.0.0",
   "  description: ${2:What these cases hold the policy to}",
   "spec:",
   "  policies: [${3:my-policy}]",
   "  environment: ${4:my-environment}",
   "  cases:",
   "    - name: ${5:payments are refused}",
   "      action: { tool: ${6:pay}, input: {} }",
   "      expect: { decision: ${7|deny,ask,allow,halt|} }",
   "$0"
  ],
  "kind": "PolicyTest",
  "at": []
 },
 {
  "name": "Case",
  "prefix": "case",
  "description": "One action and the decision expected for it",
  "body": [
   "name: ${1:payments are refused}",
   "action: { tool: ${2:pay}, input: {} }",
   "expect: { decision: ${3|deny,ask,allow,halt|} }$0"
  ],
  "kind": "PolicyTest",
  "at": [
   "spec",
   "cases",
   "*"
  ]
 },
 {
  "name": "Preset",
  "prefix": "preset",
  "description": "An agent as a graph of nodes",
  "body": [
   "apiVersion: assay/v1",
   "kind: Preset",
   "metadata:",
   "  name: ${1:my-agent}",
   "  version: 1.0.0",
   "  description: ${2:What this agent does}",
   "spec:",
   "  role: ${3:assistant}",
   "  environment: ${4:my-environment}",
   "  tools: [${5:search_mail}]",
   "  start: ${6:look-up}",
   "  nodes:",
   "    - id: ${6:look-up}",
   "      type: tool",
   "      tool: ${5:search_mail}",
   "      input: {}",
   "      next: done",
   "    - id: done",
   "      type: end",
   "$0"
  ],
  "kind": "Preset",
  "at": []
 },
 {
  "name": "Node",
  "prefix": "node",
  "description": "A node of the graph",
  "body": [
   "id: ${1:look-up}",
   "type: ${2|tool,plan,ask,check,wait,end|}$0"
  ],
  "kind": "Preset",
  "at": [
   "spec",
   "nodes",
   "*"
  ]
 },
 {
  "name": "TaskSet",
  "prefix": "taskset",
  "description": "Tasks that agents are tried on",
  "body": [
   "apiVersion: assay/v1",
   "kind: TaskSet",
   "metadata:",
   "  name: ${1:my-tasks}",
   "  version: 1.0.0",
   "  description: ${2:What these tasks are about}",
   "spec:",
   "  tasks:",
   "    - id: ${3:first-task}",
   "      instruction: ${4:What the agent is asked to do}",
   "      data: {}",
   "$0"
  ],
  "kind": "TaskSet",
  "at": []
 },
 {
  "name": "Task",
  "prefix": "task",
  "description": "One task",
  "body": [
   "id: ${1:first-task}",
   "instruction: ${2:What the agent is asked to do}",
   "data: {}$0"
  ],
  "kind": "TaskSet",
  "at": [
   "spec",
   "tasks",
   "*"
  ]
 }
] as const;
