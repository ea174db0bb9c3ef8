import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import packageJson from '../../package.json' with { type: 'json' }

const run = promisify(execFile)
export const root = resolve(import.meta.dirname, '../..')

/** One fenced program of a page. */
export interface Program {
  readonly file: string
  readonly text: string
}

/** A page of documentation, with its programs in a project of their own that has the package installed. */
export class Page {
  readonly text: string
  /** Every program; one that begins with `// name.ts` is a file of that name, for the others to import. */
  readonly programs: readonly Program[]
  readonly #project = mkdtempSync(join(tmpdir(), 'agentchart-page-'))

  /** @param file from the root of the repository */
  constructor(file: string) {
    this.text = readFileSync(join(root, file), 'utf8')
    this.programs = this.blocksOf('ts').map((text, index) => ({
      file: /^\/\/ (\S+\.ts)\n/.exec(text)?.[1] ?? `example-${index + 1}.ts`,
      text,
    }))
  }

  blocksOf(language: string): string[] {
    const blocks = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms')
    return Array.from(this.text.matchAll(blocks), (match) => String(match[1]))
  }

  /** Writes the programs, and the package as it is in a user's project, but from its source. */
  install(): void {
    const home = join(this.#project, 'node_modules/agentchart')
    mkdirSync(home, { recursive: true })
    const doors = Object.entries(packageJson.exports).flatMap(([subpath, target]) => {
      if (typeof target === 'string') return []
      return [[subpath, target.default.replace('dist/', '').replace(/\.js$/, '.ts')]]
    })
    const manifest = { name: 'agentchart', type: 'module', exports: Object.fromEntries(doors) }
    writeFileSync(join(home, 'package.json'), JSON.stringify(manifest))
    for (const folder of ['src', 'machines']) symlinkSync(join(root, folder), join(home, folder))
    for (const name of ['xstate', 'zod']) {
      symlinkSync(join(root, 'node_modules', name), join(this.#project, 'node_modules', name))
    }
    this.#write('package.json', JSON.stringify({ type: 'module' }))
    for (const { file, text } of this.programs) this.#write(file, text)
    const compilerOptions = {
      rootDir: '/',
      lib: ['es2024', 'esnext.disposable', 'dom'],
      typeRoots: [join(root, 'node_modules/@types')],
    }
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }
    this.#write('tsconfig.json', JSON.stringify(config))
  }

  /** What the compiler says of the programs. */
  async typeErrors(): Promise<readonly string[]> {
    const tsc = run(join(root, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: this.#project })
    const { stdout } = await tsc.catch((error: { stdout: string }) => error)
    return stdout.split('\n').filter((line) => /^[\w-]+\.ts\(/.test(line))
  }

  /** What a program prints. */
  async run({ file }: Program): Promise<{ readonly stdout: string; readonly stderr: string }> {
    return run(process.execPath, [join(this.#project, file)])
  }

  remove(): void {
    rmSync(this.#project, { recursive: true })
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.#project, file), text)
  }
}
