import { AgentError } from './agent-error.ts'

/** An optional package that this use needs is not installed. */
export class MissingPackageError extends AgentError {
  override name = 'MissingPackageError' as const
  readonly packageName: string

  constructor(packageName: string, neededFor: string, cause?: unknown) {
    super(`${neededFor} needs the package '${packageName}'`, {
      hint: `Install it: npm install ${packageName}`,
      cause,
    })
    this.packageName = packageName
  }
}
