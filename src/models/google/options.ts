import type { DirectModelOptions } from '../direct-model.ts'

/** How a model of Google is made. */
export interface GoogleModelOptions extends DirectModelOptions {
  /**
   * Speaks to Google Cloud (Vertex AI) instead of the Gemini API. Default `false`. With an `apiKey` in express mode,
   * otherwise with the credentials that Google's libraries find on the machine. A `baseUrl` includes all that stands
   * before `/models/`.
   */
  readonly isVertex?: boolean
  /** The project on Google Cloud. Default: `GOOGLE_CLOUD_PROJECT` or `GOOGLE_VERTEX_PROJECT` in the environment. */
  readonly project?: string
  /** Default: `GOOGLE_CLOUD_LOCATION` or `GOOGLE_VERTEX_LOCATION` in the environment, else `global`. */
  readonly location?: string
}
