// Makes policies and requests, the same ones for the same seed. Knows nothing of how they are judged.

/** A small generator of pseudo-random numbers (mulberry32). */
export function random(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const pick = (list) => list[Math.floor(next() * list.length)]
  const chance = (share) => next() < share
  const some = (list, most) => {
    const found = []
    const count = 1 + Math.floor(next() * most)
    for (let at = 0; at < count; at++) {
      const item = pick(list)
      if (!found.includes(item)) found.push(item)
    }
    return found
  }
  return { next, pick, chance, some }
}

const OURS = '111122223333'
const THEIRS = '444455556666'

const TARGETS = [
  ['s3:GetObject', (account) => ['arn:aws:s3:::reports/alice/2026/q1.csv', 'arn:aws:s3:::reports/Public/a:b.csv']],
  ['s3:PutObject', () => ['arn:aws:s3:::reports/alice/new.csv', 'arn:aws:s3:::reports/team-payments/x']],
  ['s3:DeleteObject', () => ['arn:aws:s3:::logs/alice/1', 'arn:aws:s3:::logs/Alice/1']],
  ['s3:ListBucket', () => ['arn:aws:s3:::reports', 'arn:aws:s3:::logs']],
  ['s3:ListAllMyBuckets', () => ['*']],
  ['sqs:SendMessage', (account) => [`arn:aws:sqs:us-east-1:${account}:jobs`, `arn:aws:sqs:eu-west-1:${account}:jobs-dlq`]],
  ['sns:Publish', (account) => [`arn:aws:sns:us-east-1:${account}:alarms`]],
  ['secretsmanager:GetSecretValue', (account) => [`arn:aws:secretsmanager:us-east-1:${account}:secret:alice/db-AbCdEf`]],
  ['lambda:InvokeFunction', (account) => [`arn:aws:lambda:us-east-1:${account}:function:resize`]],
  ['dynamodb:GetItem', (account) => [`arn:aws:dynamodb:us-east-1:${account}:table/orders`]],
  ['ec2:TerminateInstances', (account) => [`arn:aws:ec2:us-east-1:${account}:instance/i-0abc1234`]],
  ['ec2:DescribeInstances', () => ['*']],
  ['iam:PassRole', (account) => [`arn:aws:iam::${account}:role/service/deploy`]],
  ['iam:GetUser', (account) => [`arn:aws:iam::${account}:user/alice`]],
  ['sts:AssumeRole', (account) => [`arn:aws:iam::${account}:role/deploy`]],
  ['kms:Decrypt', (account) => [`arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`]]
].map(([action, resources]) => ({ action, resources }))

const OTHER_ACTIONS = ['s3:GetBucketAcl', 'sqs:ReceiveMessage', 'iam:CreateUser', 'kms:Encrypt', 'sts:GetCallerIdentity', 'ec2:*']
const OTHER_RESOURCES = [
  'arn:aws:s3:::other/*',
  `arn:aws:sqs:us-east-1:${OURS}:other`,
  `arn:aws:iam::${OURS}:role/other`,
  `arn:aws:kms:us-east-1:${OURS}:key/00000000-0000-0000-0000-000000000000`
]

/** Keys of the request context: what values they take, and by which operators they are tested. */
const KEYS = [
  { key: 'aws:PrincipalTag/team', type: 'string', values: ['payments', 'Payments', 'data'] },
  { key: 'aws:RequestedRegion', type: 'string', values: ['us-east-1', 'eu-west-1'] },
  { key: 'aws:PrincipalOrgID', type: 'string', values: ['o-abcdefghij', 'o-zzzzzzzzzz'] },
  { key: 'aws:PrincipalAccount', type: 'string', values: [OURS, THEIRS] },
  { key: 'aws:UserAgent', type: 'string', values: ['aws-cli/2', 'console*', 'a?c'] },
  { key: 'aws:ResourceTag/stage', type: 'string', values: ['prod', 'Prod', 'dev', ''] },
  { key: 's3:prefix', type: 'string', values: ['alice/', 'home/alice', ''] },
  { key: 'aws:SourceArn', type: 'arn', values: [`arn:aws:sns:us-east-1:${OURS}:alarms`, `arn:aws:iam::${OURS}:role/a:b`] },
  { key: 'aws:PrincipalArn', type: 'arn', values: [`arn:aws:iam::${OURS}:user/alice`, `arn:aws:iam::${OURS}:role/ci`] },
  { key: 'aws:SecureTransport', type: 'bool', values: ['true', 'false'] },
  { key: 'aws:MultiFactorAuthPresent', type: 'bool', values: ['true', 'false'] },
  { key: 'aws:ViaAWSService', type: 'bool', values: ['true', 'false', 'True'] },
  { key: 'aws:MultiFactorAuthAge', type: 'numeric', values: ['300', '3600', '0'] },
  { key: 's3:max-keys', type: 'numeric', values: ['10', '100', '99.5'] },
  { key: 'aws:CurrentTime', type: 'date', values: ['2026-11-22T10:00:00Z', '2025-01-01T00:00:00Z'] },
  { key: 'aws:TokenIssueTime', type: 'date', values: ['2026-11-22T09:30:00Z', '2026-11-22T12:30:00+03:00'] },
  { key: 'aws:EpochTime', type: 'epoch', values: ['1795341600', '1735689600'] },
  { key: 'aws:SourceIp', type: 'ip', values: ['203.0.113.7', '198.51.100.20', '2001:db8::7', '10.1.2.3'] },
  { key: 'aws:VpcSourceIp', type: 'ip', values: ['10.0.0.9', '172.16.5.4'] },
  { key: 'aws:TagKeys', type: 'strings', values: ['team', 'stage', 'Cost', 'owner'] },
  { key: 'aws:CalledVia', type: 'strings', values: ['athena.amazonaws.com', 'cloudformation.amazonaws.com'] },
  { key: 'aws:PrincipalOrgPaths', type: 'strings', values: ['o-abcdefghij/r-ab12/ou-ab12-11111111/', 'o-abcdefghij/r-ab12/'] }
]

const OPERATORS = {
  string: ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike', 'StringNotLike'],
  arn: ['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike', 'StringEquals', 'StringLike'],
  bool: ['Bool'],
  numeric: ['NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals', 'NumericGreaterThan', 'NumericGreaterThanEquals'],
  date: ['DateEquals', 'DateNotEquals', 'DateLessThan', 'DateLessThanEquals', 'DateGreaterThan', 'DateGreaterThanEquals'],
  ip: ['IpAddress', 'NotIpAddress'],
  strings: ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringLike', 'StringNotLike']
}
OPERATORS.epoch = OPERATORS.date

/** Further values that policies compare a key of a type with. */
const POLICY_VALUES = {
  string: ['pay*', '*', 'p?yments', '${aws:PrincipalTag/team}', "${aws:PrincipalTag/team, 'data'}", '${aws:username}/', '${*}', 'console${*}', 'home/${aws:username}', 'us-*', 'a${?}c'],
  arn: [`arn:aws:iam::${OURS}:user/*`, `arn:aws:iam::*:user/alice`, `arn:aws:*:*:*:*`, `arn:aws:iam::${OURS}:user/\${aws:username}`, `arn:aws:sns:*:${OURS}:a?arms`, `arn:aws:iam::${OURS}:role/*b`, `arn:*:alarms`],
  bool: ['TRUE'],
  numeric: ['50', '100.0', '3600', '-1'],
  date: ['2026-01-01T00:00:00Z', '2026-11-22', '2026-11-22T10:00:00+00:00', '2026-11-22T09:30Z'],
  epoch: ['1735689600', '1767225600'],
  ip: ['203.0.113.0/24', '0.0.0.0/0', '::/0', '2001:db8::/32', '198.51.100.16/28', '10.0.0.0/8', '203.0.113.7/32', '2001:db8:0::7'],
  strings: ['te*', '*', 'TEAM', '*.amazonaws.com', 'o-abcdefghij/*', '${aws:PrincipalTag/team}']
}

function context(rng, principal) {
  const found = {}
  for (const { key, type, values } of KEYS) {
    if (!rng.chance(0.45)) continue
    if (type !== 'strings') found[key] = rng.pick(values)
    else found[key] = rng.chance(0.08) ? [] : rng.some(values, 3)
  }
  const user = /:user\/(?:.*\/)?([^/]+)$/.exec(principal)
  if (user && rng.chance(0.9)) found['aws:username'] = user[1]
  return found
}

function anyCase(rng, text) {
  if (rng.chance(0.8)) return text
  return rng.chance(0.5) ? text.toUpperCase() : text.toLowerCase()
}

function conditions(rng, request) {
  if (rng.chance(0.45)) return undefined
  const found = {}
  for (let count = rng.chance(0.25) ? 2 : 1; count > 0; count--) {
    // Mostly keys that the request has.
    const present = KEYS.filter(({ key }) => key in request.context)
    const { key, type, values } = rng.chance(0.75) && present.length ? rng.pick(present) : rng.pick(KEYS)
    let operator = rng.chance(0.08) ? 'Null' : rng.pick(OPERATORS[type])
    let tests
    if (operator === 'Null') {
      tests = [rng.pick(['true', 'false'])]
    } else {
      const own = [request.context[key]].flat().filter((value) => value !== undefined)
      tests = rng.some(rng.chance(0.5) && own.length ? own : rng.chance(0.6) ? values : [...values, ...POLICY_VALUES[type]], 2)
      if (rng.chance(0.35)) tests = rng.some([...tests, ...POLICY_VALUES[type]], 2)
      if (rng.chance(0.15)) operator += 'IfExists'
      if (type === 'strings' ? rng.chance(0.85) : rng.chance(0.08)) {
        operator = rng.pick(['ForAllValues:', 'ForAnyValue:']) + operator
      }
    }
    const written = anyCase(rng, key)
    found[operator] ??= {}
    found[operator][written] = tests.length === 1 && rng.chance(0.7) ? tests[0] : tests
  }
  return found
}

function actionPattern(rng, action) {
  const [service, name] = action.split(':')
  const cut = 1 + Math.floor(rng.next() * name.length)
  return anyCase(rng, rng.pick([
    action, action, action, action, `${service}:*`, '*', `${service}:${name.slice(0, cut)}*`,
    `${service}:*${name.slice(cut)}`, `${service}:?${name.slice(1)}`, rng.pick(OTHER_ACTIONS)
  ]))
}

function resourcePattern(rng, arn) {
  if (arn === '*') return rng.pick(['*', '*', '*', rng.pick(OTHER_RESOURCES)])
  const parts = arn.split(':')
  const head = parts.slice(0, 5).join(':')
  const rest = parts.slice(5).join(':')
  const slash = rest.search(/[/:]/)
  const kept = slash < 0 ? '' : rest.slice(0, slash + 1)
  const own = rest.slice(kept.length)
  const cut = Math.floor(rng.next() * own.length)
  return rng.pick([
    arn, arn, '*', '*',
    `${head}:${kept}*`,
    `${head}:${kept}${own.slice(0, cut)}*`,
    `${head}:${kept}*${own.slice(cut)}`,
    `${head}:${kept}?${own.slice(1)}`,
    `${head}:${kept}${own.toUpperCase()}`,
    `${head}:${kept}${own.replace('alice', '${aws:username}')}`,
    `${head}:${kept}${own.replace('alice', "${aws:username, 'alice'}")}`,
    `${head}:${kept}\${aws:PrincipalTag/team}*`,
    `${head}:${kept}${own.replace('*', '${*}')}`,
    `arn:aws:${parts[2]}:*:*:${rest}`,
    `arn:aws:${parts[2]}:${parts[3].slice(0, 3)}*:${parts[4]}:${rest}`,
    `arn:*:${parts[2]}:${parts[3]}:${parts[4]}:${kept}*`,
    rng.pick(OTHER_RESOURCES)
  ])
}

function statement(rng, request, { allow = 0.75, narrow = true, plain = false } = {}) {
  const found = { Effect: rng.chance(allow) ? 'Allow' : 'Deny' }
  const actions = [actionPattern(rng, request.action)]
  if (rng.chance(0.25)) actions.push(actionPattern(rng, request.action))
  found[!plain && rng.chance(0.12) ? 'NotAction' : 'Action'] = actions.length === 1 && rng.chance(0.5) ? actions[0] : actions
  const resources = [narrow ? resourcePattern(rng, request.resource) : '*']
  if (narrow && rng.chance(0.25)) resources.push(resourcePattern(rng, request.resource))
  found[!plain && rng.chance(0.1) ? 'NotResource' : 'Resource'] = resources.length === 1 && rng.chance(0.5) ? resources[0] : resources
  const tests = conditions(rng, request)
  if (tests) found.Condition = tests
  return found
}

function policy(statements) {
  return { Version: '2012-10-17', Statement: statements }
}

function identityPolicy(rng, request, options) {
  const statements = [statement(rng, request, options)]
  while (rng.chance(0.4)) statements.push(statement(rng, request, options))
  return policy(statements)
}

function principals(rng, caller) {
  const account = caller.split(':')[4] ?? OURS
  const session = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\//.exec(caller)
  const choices = [
    '*', { AWS: '*' }, { AWS: account }, { AWS: `arn:aws:iam::${account}:root` }, { AWS: THEIRS },
    { AWS: [`arn:aws:iam::${account}:user/bob`] }, { Service: 'events.amazonaws.com' }
  ]
  if (caller.startsWith('arn:')) choices.push({ AWS: caller }, { AWS: [caller] }, { AWS: caller })
  else choices.push({ Service: caller }, { Service: [caller, 'ec2.amazonaws.com'] }, { Service: caller })
  if (session) {
    const role = `arn:aws:iam::${session[1]}:role/${session[2]}`
    choices.push({ AWS: role }, { AWS: role }, { AWS: [role, caller, `arn:aws:iam::${account}:root`] })
  }
  return rng.pick(choices)
}

function resourcePolicy(rng, request, principal) {
  const statements = []
  do {
    const one = statement(rng, request)
    const trust = request.action === 'sts:AssumeRole'
    if (trust) {
      delete one.Resource
      delete one.NotResource
    }
    one[rng.chance(0.06) ? 'NotPrincipal' : 'Principal'] = principals(rng, principal)
    if (one.NotPrincipal === '*' || one.NotPrincipal?.AWS === '*') {
      one.Principal = one.NotPrincipal
      delete one.NotPrincipal
    }
    statements.push(one)
  } while (rng.chance(0.4))
  return policy(statements)
}

const CALLERS = [
  `arn:aws:iam::${OURS}:user/alice`,
  `arn:aws:iam::${OURS}:user/team/alice`,
  `arn:aws:iam::${OURS}:role/ci`,
  `arn:aws:sts::${OURS}:assumed-role/ci/build-7`,
  `arn:aws:sts::${OURS}:assumed-role/ci/build-7`,
  `arn:aws:sts::${OURS}:federated-user/alice`,
  'events.amazonaws.com'
]

/** One case without its verdict. */
export function generate(rng) {
  const principal = rng.pick(CALLERS)
  const signed = principal.startsWith('arn:')
  const account = rng.chance(0.7) ? OURS : THEIRS
  const target = rng.pick(TARGETS)
  const request = { action: target.action, resource: rng.pick(target.resources(account)), context: context(rng, principal) }
  const found = { principal, account, ...request, identity: [] }
  if (signed) {
    found.identity.push(identityPolicy(rng, request))
    if (rng.chance(0.3)) found.identity.push(identityPolicy(rng, request))
  }
  const names = target.action === 'sts:AssumeRole' || target.action === 'kms:Decrypt'
  if (!signed || names || rng.chance(account === OURS ? 0.3 : 0.9)) found.resourcePolicy = resourcePolicy(rng, request, principal)
  if (signed && rng.chance(0.2)) found.boundary = identityPolicy(rng, request, { allow: 0.9 })
  if (signed && !principal.includes(':user/') && rng.chance(0.15)) found.session = identityPolicy(rng, request, { allow: 0.9 })
  if (signed && rng.chance(0.15)) {
    const levels = rng.chance(0.4) ? 2 : 1
    found.serviceControl = Array.from({ length: levels }, () => [
      ...(rng.chance(0.7) ? [policy([{ Effect: 'Allow', Action: '*', Resource: '*' }])] : []),
      policy([statement(rng, request, { allow: 0.6, plain: true, narrow: rng.chance(0.5) })])
    ])
  }
  if (rng.chance(0.08)) {
    const deny = statement(rng, request, { allow: 0, plain: true })
    found.resourceControl = [policy([{ ...deny, Principal: '*' }])]
  }
  return found
}
