/** What a worker serves: the order and its argument come in, what became of it goes out. */
import { type Order, perform } from './program.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    const { order, argument } = (await request.json()) as { order: Order; argument: string }
    try {
      return Response.json({ value: await perform(order, argument) })
    } catch (error) {
      return Response.json({ error: error instanceof Error ? error.stack : String(error) })
    }
  },
}
