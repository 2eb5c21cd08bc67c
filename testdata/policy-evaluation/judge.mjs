// Asks the independent evaluator about one case.

import { createRequire } from 'node:module'

const { runSimulation } = createRequire(`${process.cwd()}/`)('@cloud-copilot/iam-simulate')

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
    serviceControlPolicies: (one.serviceControl ?? []).map((policies, at) => ({
      orgIdentifier: `ou-${at}`,
      policies: named(policies)
    })),
    resourceControlPolicies: one.resourceControl
      ? [{ orgIdentifier: 'o-root', policies: named(one.resourceControl) }]
      : []
  }
}

/** The verdict, with the context keys that were not looked at; or why there is none. */
export async function judge(one) {
  let response
  try {
    response = await runSimulation(simulation(one), {})
  } catch (error) {
    return { refused: `threw: ${error.message}` }
  }
  if (response.resultType === 'single') {
    return { verdict: response.overallResult, ignored: response.result.ignoredContextKeys ?? [] }
  }
  const message = response.errors?.message ?? response.resultType
  return { refused: message === 'policy.errors' ? JSON.stringify(response.errors).slice(0, 200) : message }
}
