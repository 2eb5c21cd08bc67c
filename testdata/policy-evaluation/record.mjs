// Writes the verdicts of an independent evaluator of AWS policies for generated cases. See README.md.
//
// usage: node record.mjs COUNT SEED FILE, in a directory where the packages of package.json are installed

import { createRequire } from 'node:module'
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { generate, random } from './generate.mjs'

const { runSimulation } = createRequire(`${process.cwd()}/`)('@cloud-copilot/iam-simulate')
const [count, seed, file] = [Number(process.argv[2] ?? 7000), Number(process.argv[3] ?? 20261122), process.argv[4] ?? 'cases.jsonl.gz']

const named = (policies) => (policies ?? []).map((policy, at) => ({ name: `p${at}`, policy }))

function simulation(one) {
  return {
    request: {
      principal: one.principal,
      action: one.action,
      resource: { resource: one.resource, accountId: one.account },
      contextVariables: one.context
    },
    identityPolicies: named(one.identity),
    resourcePolicy: one.resourcePolicy,
    permissionBoundaryPolicies: one.boundary ? named([one.boundary]) : undefined,
    sessionPolicy: one.session,
    serviceControlPolicies: (one.serviceControl ?? []).map((policies, at) => ({ orgIdentifier: `ou-${at}`, policies: named(policies) })),
    resourceControlPolicies: one.resourceControl ? [{ orgIdentifier: 'o-root', policies: named(one.resourceControl) }] : []
  }
}

const rng = random(seed)
const lines = []
const refused = {}
while (lines.length < count) {
  const one = generate(rng)
  let response
  try {
    response = await runSimulation(simulation(one), {})
  } catch (error) {
    response = { resultType: 'error', errors: { message: `threw: ${error.message}` } }
  }
  if (response.resultType !== 'single') {
    const why = response.errors?.message === 'policy.errors' ? JSON.stringify(response.errors).slice(0, 300) : (response.errors?.message ?? response.resultType)
    refused[why] = (refused[why] ?? 0) + 1
    continue
  }
  // It leaves out keys that the action does not have; a case holds what was looked at.
  for (const key of response.result.ignoredContextKeys ?? []) delete one.context[key]
  lines.push(JSON.stringify({ id: lines.length, ...one, verdict: response.overallResult }))
}
writeFileSync(file, gzipSync(lines.join('\n') + '\n', { level: 9 }))
const verdicts = {}
for (const line of lines) {
  const { verdict } = JSON.parse(line)
  verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
}
console.error(verdicts, 'refused:', refused)
