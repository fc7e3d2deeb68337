import type { TestContext } from 'node:test';
import { needs } from '../debian.ts';
import { type Abrmd, endProcesses, startAbrmdOn } from './tpm-programs.ts';
import type { TestTpm } from './swtpm.ts';

/** True when tpm2-abrmd and what it needs is installed; skips the test otherwise. */
export const needsAbrmd = (t: TestContext): boolean =>
	needs(t, 'tpm2-abrmd') &&
	needs(t, 'libtss2-tcti-swtpm.so.0') &&
	needs(t, 'libtss2-tcti-tabrmd.so.0') &&
	needs(t, 'tpm2_send') &&
	needs(t, 'dbus-daemon');

/** Starts it before a {@link TestTpm}, which it holds until the test ends. */
export const startAbrmd = async (t: TestContext, tpm: TestTpm): Promise<Abrmd> => {
	const abrmd = await startAbrmdOn(tpm.toolsTcti, tpm.folder);
	t.after(() => endProcesses(abrmd.children));
	return abrmd;
};
