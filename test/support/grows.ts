import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when a file has bytes in it: a server that writes sends nobody an event. */
export async function grows(path: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size > 0) return;
    assert.ok(performance.now() < deadline, `${path} stays empty`);
    await delay(10);
  }
}
