// Sorts the cases in which the verdicts differ by reason. Each reason comes with a rewriting that means the same by
// AWS's documentation and keeps clear of what the other evaluator does differently: where it then says what we
// say, the reason is the right one. The test prints what it wants to know: lines `case 7: we say Allowed, …`.
//
// usage: cargo test --test policy_agreement 2>&1 | node explain.mjs CASES.jsonl.gz DIFFERENCES.json

import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { judge } from './judge.mjs'

const GUIDE = 'AWS IAM User Guide'
const isNegated = (operator) => /Not/.test(operator)
const has = (one, key) => Object.keys(one.context).some((known) => known.toLowerCase() === key.toLowerCase())

/** Every statement of every policy of a case. */
function statements(one) {
  const policies = [one.identity, one.resourcePolicy, one.boundary, one.session, one.serviceControl, one.resourceControl]
  return policies.flat(3).filter(Boolean).flatMap((policy) => policy.Statement)
}

/** Replaces the values of every condition; none left means that the test holds. */
function rewrite(one, change) {
  for (const statement of statements(one)) {
    for (const [operator, tests] of Object.entries(statement.Condition ?? {})) {
      for (const [key, values] of Object.entries(tests)) {
        const changed = change(operator, key, [values].flat())
        if (changed.length) tests[key] = changed
        else delete tests[key]
      }
      if (!Object.keys(tests).length) delete statement.Condition[operator]
    }
    if (statement.Condition && !Object.keys(statement.Condition).length) delete statement.Condition
  }
}

const lacksValue = (one, value) =>
  [...value.matchAll(/\$\{([^}]*)\}/g)].some(([, name]) => /^\w+:/.test(name) && !name.includes(',') && !has(one, name))

/** Statements for everybody but some become statements for everybody. */
function replacePrincipals(one, effect) {
  for (const statement of statements(one)) {
    if (!statement.NotPrincipal || statement.Effect !== effect) continue
    delete statement.NotPrincipal
    statement.Principal = '*'
  }
}

const REASONS = [
  {
    reason: 'A policy variable without a value is equal to nothing, so that a negated test holds; the other evaluator fails it',
    source: `${GUIDE}, "IAM policy elements: Variables and tags", Policy variables with no value`,
    change: (one) => rewrite(one, (operator, _, values) =>
      isNegated(operator) ? values.filter((value) => !lacksValue(one, value)) : values)
  },
  {
    reason: 'Every IPv4 address is in 0.0.0.0/0; the other evaluator shifts by 32 bits, which leaves the mask as it is',
    source: `${GUIDE}, "IAM JSON policy elements: Condition operators", IP address condition operators; RFC 4632`,
    change: (one) => rewrite(one, (_, __, values) =>
      values.flatMap((value) => (value === '0.0.0.0/0' ? ['0.0.0.0/1', '128.0.0.0/1'] : [value])))
  },
  {
    reason: 'An address without a prefix is a range of one, in any spelling; the other evaluator compares its text, and fails a negated test of an address of the other family',
    source: `${GUIDE}, "IAM JSON policy elements: Condition operators", IP address condition operators`,
    change: (one) => rewrite(one, (operator, _, values) => /IpAddress/.test(operator)
      ? values.map((value) => value.includes('/') ? value : value.includes(':') ? '2001:db8::7/128' : `${value}/32`)
      : values)
  },
  {
    reason: 'IfExists holds where the key is missing, whatever the set operator; the other evaluator fails ForAnyValue',
    source: `${GUIDE}, "IAM JSON policy elements: Condition operators", ...IfExists condition operators`,
    change: (one) => rewrite(one, (operator, key, values) =>
      /^ForAnyValue:.*IfExists$/.test(operator) && !has(one, key) ? [] : values)
  },
  {
    reason: 'What is no ARN is like no ARN, so that a negated test holds; the other evaluator fails it',
    source: `${GUIDE}, "IAM JSON policy elements: Condition operators", Amazon Resource Name (ARN) condition operators`,
    change: (one) => rewrite(one, (operator, _, values) =>
      /ArnNot/.test(operator) ? values.filter((value) => value.split(':').length >= 6) : values)
  },
  {
    reason: '${?}, ${*} and ${$} stand for these characters in every string; the other evaluator leaves them as they are where there are no wildcards',
    source: `${GUIDE}, "IAM policy elements: Variables and tags", Special characters`,
    change: (one) => rewrite(one, (operator, _, values) =>
      /String(Not)?Equals/.test(operator) ? values.map((value) => value.replace(/\$\{([?*$])\}/g, '$1')) : values)
  },
  {
    reason: 'An element with a variable that has no value matches no resource, so that NotResource takes in all; the other evaluator drops the statement',
    source: `${GUIDE}, "IAM policy elements: Variables and tags", Policy variables with no value`,
    change: (one) => statements(one).forEach((statement) => {
      if (!statement.NotResource) return
      statement.NotResource = [statement.NotResource].flat().filter((value) => !lacksValue(one, value))
      if (statement.NotResource.length) return
      delete statement.NotResource
      statement.Resource = '*'
    })
  },
  {
    reason: 'What a resource policy gives to the session itself, or to everybody, is not limited by the session policy',
    source: `${GUIDE}, "Policies and permissions", Session policies; "Policy evaluation logic", Evaluating identity-based policies with resource-based policies`,
    change: (one) => delete one.session
  },
  {
    reason: 'A Deny with NotPrincipal denies the rest of an account that it lists',
    source: `${GUIDE}, "AWS JSON policy elements: NotPrincipal", Specifying NotPrincipal with Deny`,
    change: (one) => replacePrincipals(one, 'Deny')
  },
  {
    reason: 'Whether a Deny with NotPrincipal spares somebody who is listed without their account differs between services, and we do not tell',
    source: `${GUIDE}, "AWS JSON policy elements: NotPrincipal", Specifying NotPrincipal with Deny`,
    unsure: true,
    change: (one) => replacePrincipals(one, 'Deny')
  },
  {
    reason: 'AWS does not say what an Allow with NotPrincipal gives to the rest of an account that it lists, and we do not tell',
    source: `${GUIDE}, "AWS JSON policy elements: NotPrincipal", Allow with NotPrincipal`,
    unsure: true,
    change: (one) => replacePrincipals(one, 'Allow')
  }
]

const [casesFile, tableFile] = process.argv.slice(2)
const cases = gunzipSync(readFileSync(casesFile)).toString().trim().split('\n').map((line) => JSON.parse(line))
const found = new Map(REASONS.map(({ reason }) => [reason, []]))
const open = []
for (const [, id, ours] of readFileSync(0, 'utf8').matchAll(/^case (\d+): we say ([\w ]+),/gm)) {
  const explained = async (reasons) => {
    const one = structuredClone(cases[id])
    for (const { change } of reasons) change(one)
    const { verdict } = await judge(one)
    return reasons[0].unsure ? ours === 'cannot tell' && verdict !== cases[id].verdict : verdict === ours
  }
  let reason
  for (const one of REASONS) if (!reason && (await explained([one]))) reason = one
  // Several at once.
  for (const one of REASONS)
    for (const two of REASONS) if (!reason && (await explained([one, two]))) reason = one
  if (reason) found.get(reason.reason).push(Number(id))
  else open.push(Number(id))
}
const table = REASONS.map(({ reason, source }) => ({ reason, source, cases: found.get(reason) })).filter(({ cases }) => cases.length)
writeFileSync(tableFile, JSON.stringify(table, (key, value) => (key === 'cases' ? value.join(' ') : value), 2) + '\n')
console.error(table.map(({ reason, cases }) => `${cases.length} ${reason}`).join('\n'), '\nnot explained:', open)
