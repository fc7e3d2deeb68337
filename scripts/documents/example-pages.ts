import type { Page } from './page.ts';

const sealed = 'needs a sealed stream: seal.test.ts beside the page has one';

/** README and those of the examples: what somebody does first, in a checkout and without one. */
export const examplePages = (tpm: string, whole: string): readonly Page[] => [
	{
		file: 'README.md',
		before: 'checkout',
		blocks: { 'npm install': 'stop\nempty_folder' },
		refused: {
			'npx keyward posture': 1,
			'npx keyward read weather-station/harbour/wind': 2,
			'npx keyward incident list': 1,
			'npx keyward keycheck': 1,
		},
		not: { 'npm test': whole },
	},
	{
		file: 'examples/clients/README.md',
		before: 'checkout\nsite',
		blocks: {
			'examples/clients/python/keyward_client.py commission': 'for_clients',
			'examples/clients/shell': 'for_clients\nplain_folders',
		},
		words: {
			'node_modules/node/bin/node examples/clients/node/open.mjs':
				'until_says cursor node examples/clients/node/open.mjs',
		},
		not: {
			'echo 1.5e-7 | examples/clients/python/keyward_seal.py': sealed,
			'examples/clients/python/keyward_seal.py': sealed,
			'keyward device roster': sealed,
			'examples/clients/python/keyward_read.py': sealed,
		},
	},
	{ file: 'examples/reach/README.md', before: 'checkout' },
	{
		file: 'examples/reactor-hall/README.md',
		before: 'checkout\nsite',
		not: { 'npx keyward device': tpm },
	},
	{
		file: 'examples/weather-station/README.md',
		before: 'checkout\nsite\nyour-thermometer() { echo 21.5; }',
		words: {
			'--folder garden                    # paste it here':
				'--folder garden < <(npx keyward device expect garden --application weather-station)',
		},
	},
];
