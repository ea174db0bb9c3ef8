/**
 * Compares the public types of each door with its report in `etc/`, which is committed so that a
 * change is seen in review. `--update` writes the reports instead. A type that a door mentions and
 * that no door of the package exports is an error.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
} from '@microsoft/api-extractor'
import packageJson from '../package.json' with { type: 'json' }

const root = resolve(import.meta.dirname, '..')
const localBuild = process.argv.includes('--update')
const { Error, None, Warning } = ExtractorLogLevel

const configs = Object.entries(packageJson.exports).flatMap(([subpath, target]) => {
  if (typeof target === 'string') return []
  return ExtractorConfig.prepare({
    configObjectFullPath: resolve(root, 'api-extractor.json'),
    packageJsonFullPath: resolve(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: resolve(root, target.types),
      compiler: { tsconfigFilePath: resolve(root, 'tsconfig.build.json'), skipLibCheck: true },
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFileName: subpath === '.' ? 'agentchart' : subpath.slice(2).replaceAll('/', '-'),
        reportFolder: resolve(root, 'etc'),
        reportTempFolder: resolve(root, 'node_modules/.cache/api-extractor'),
      },
      messages: {
        compilerMessageReporting: { default: { logLevel: Warning } },
        extractorMessageReporting: {
          default: { logLevel: Warning },
          'ae-forgotten-export': { logLevel: Error },
          'ae-missing-release-tag': { logLevel: None },
          'ae-undocumented': { logLevel: None, addToApiReportFile: true },
        },
        tsdocMessageReporting: { default: { logLevel: None } },
      },
    },
  })
})

const [first, ...others] = configs
if (first === undefined) throw new TypeError('package.json exports no door')
const compilerState = CompilerState.create(first, {
  additionalEntryPoints: others.map((config) => config.mainEntryPointFilePath),
})

const exported = new Set<string>()
const mentioned = new Map<string, string>()

for (const config of configs) {
  const { succeeded } = Extractor.invoke(config, {
    compilerState,
    localBuild,
    messageCallback: (message) => {
      message.handled = message.logLevel === ExtractorLogLevel.Info
      if (message.messageId !== 'ae-forgotten-export') return
      // Whether it is forgotten shows when all doors have been seen.
      const name = /"(.+?)"/.exec(message.text)?.[1] ?? message.text
      mentioned.set(name, message.formatMessageWithLocation(root))
      message.handled = true
      message.logLevel = None
    },
  })
  const report = readFileSync(config.reportTempFilePath, 'utf8')
  for (const [, name] of report.matchAll(/^export (?:class|const|function|interface|type) (\w+)/gm))
    if (name !== undefined) exported.add(name)
  const bare = report.match(/(?<=^\/\/ @public \(undocumented\)\n).*$/gm) ?? []
  for (const line of bare) console.error(`No TSDoc: ${line}`)
  if (!succeeded || bare.length > 0) process.exitCode = 1
}

for (const [name, place] of mentioned) {
  if (exported.has(name)) continue
  console.error(`No door exports it: ${place}`)
  process.exitCode = 1
}
if (process.exitCode === 1 && !localBuild) console.error('If meant: npm run api, and commit etc/')
