/** Trusted Types: a worker is a script. The one address is allowed, by a policy that is made when the console starts and cannot be made twice. */
const ADDRESS = new URL('keycheck-worker.js', import.meta.url).href;

interface Policy {
	createScriptURL(address: string): string;
}

declare global {
	interface Window {
		readonly trustedTypes?: {
			createPolicy(name: string, rules: { createScriptURL: (address: string) => string }): Policy;
		};
	}
}

const policy: Policy = window.trustedTypes?.createPolicy('keyward-worker', {
	createScriptURL: (address) => {
		if (address !== ADDRESS) throw new TypeError('no other worker is started here');
		return address;
	},
}) ?? { createScriptURL: (address) => address };

export const startKeycheck = (): Worker => new Worker(policy.createScriptURL(ADDRESS), { type: 'module' });
