import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePolicy } from '../policy/read-policy.ts';
import type { Principal } from '../port/principal.ts';
import { silencedWith } from './silenced.ts';

const policy = parsePolicy(`application: hall
level: { authenticity: 1, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 1, resistance: 1 }
mode: audit
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [], essential: true }
  state: { unit: /, every: 10s, readers: [] }
devices:
  probe: { custody: [software], streams: [dose-rate, state] }
  gate: { custody: [software], streams: [state] }
`);

const device = (id: string, of: string, state: Principal['state'] = 'active'): Principal => ({
	...{ kind: 'device', application: 'hall', id, class: of, part: null, state, at: 0 },
});

test('an essential stream falls silent with the last device in service that sends it', () => {
	const [one, two, gate] = [device('one', 'probe'), device('two', 'probe'), device('gate', 'gate')];
	const reader: Principal = { ...device('desk', 'probe'), kind: 'reader' };
	assert.deepEqual(silencedWith(policy, 'one', [one, gate, reader]), ['dose-rate']);
	assert.deepEqual(silencedWith(policy, 'one', [one, two, gate]), []);
	assert.deepEqual(silencedWith(policy, 'one', [one, device('two', 'probe', 'quarantined'), gate]), ['dose-rate']);
	assert.deepEqual(silencedWith(policy, 'gate', [gate]), []);
	// Out already: nothing falls silent with it.
	assert.deepEqual(silencedWith(policy, 'one', [device('one', 'probe', 'retired')]), []);
	assert.deepEqual(silencedWith(policy, 'nobody', [one]), []);
});
