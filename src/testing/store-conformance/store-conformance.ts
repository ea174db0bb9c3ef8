import type { Store, StoreOptions } from '../../store/index.ts'
import { type Check, HandClock, type StorePlace } from './check.ts'
import { claimChecks } from './claim-checks.ts'
import { deliveryChecks } from './delivery-checks.ts'
import { leaseChecks } from './lease-checks.ts'
import { listChecks } from './list-checks.ts'
import { saveChecks } from './save-checks.ts'

/** One fact that has to hold for every store. */
export interface ConformanceTest {
  readonly name: string
  /** Rejects when it does not hold. */
  readonly run: () => Promise<void>
}

/**
 * What every store must do, for any test runner: `for (const { name, run } of storeConformance(make)) test(name, run)`.
 *
 * @param make makes a place with nothing in it, once for each test
 */
export function storeConformance(
  make: () => StorePlace | Promise<StorePlace>,
): readonly ConformanceTest[] {
  const checks = [...leaseChecks, ...saveChecks, ...deliveryChecks, ...claimChecks, ...listChecks]
  return checks.map((check) => ({ name: check.name, run: async () => runIn(await make(), check) }))
}

async function runIn(place: StorePlace, { body }: Check): Promise<void> {
  const clock = new HandClock()
  const stores: Store[] = []
  const open = (options: StoreOptions = {}): Store => {
    const store = place.open({ clock, ...options })
    stores.push(store)
    return store
  }
  try {
    await body({ store: open(), open, clock })
  } finally {
    await Promise.all(stores.map((store) => store.close()))
    await place.remove?.()
  }
}
