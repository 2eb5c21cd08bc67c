// Writes the verdicts of an independent evaluator of AWS policies for generated cases. See README.md.
//
// usage: node record.mjs FILE [COUNT [SEED]], in a directory where the packages of package.json are installed

import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { generate, random } from './generate.mjs'
import { judge } from './judge.mjs'

const [file, count, seed] = [process.argv[2], Number(process.argv[3] ?? 7000), Number(process.argv[4] ?? 20261122)]

const tally = (counts, name) => (counts[name] = (counts[name] ?? 0) + 1)
const rng = random(seed)
const [lines, verdicts, refusals] = [[], {}, {}]
while (lines.length < count) {
  const one = generate(rng)
  const { verdict, ignored, refused } = await judge(one)
  if (refused) {
    tally(refusals, refused)
    continue
  }
  // It leaves out keys that the action does not have; a case holds what was looked at.
  for (const key of ignored) delete one.context[key]
  tally(verdicts, verdict)
  lines.push(JSON.stringify({ id: lines.length, ...one, verdict }))
}
writeFileSync(file, gzipSync(lines.join('\n') + '\n', { level: 9 }))
console.error(verdicts, 'refused:', refusals)
