import { relative } from 'node:path';
import type { Service } from '@keyward/service';
import { PROBE, readerFolder } from './devices.ts';
import type { Fleet } from './fleet.ts';
import { FIRST, NEXT } from './releases.ts';

/** What was made, where to look, what to try next. */
export const welcome = (service: Service, data: string, { made, admitted, refused }: Fleet): string => {
	const here = relative(process.cwd(), data) || '.';
	const at = here === '.keyward' ? '' : ` --data ${here}`;
	const desk = relative(process.cwd(), readerFolder(data, 'safety-desk'));
	const probeIsIn = admitted.some(({ id }) => id === PROBE);
	const probe = probeIsIn
		? `  ${PROBE} (Geiger figures), its key in a TPM that proved itself. The TPM is EMULATED (swtpm): it counts only
    because site.yaml names its root under emulators, and is shown as emulated everywhere.`
		: `  ${PROBE} is left out, as said above; all else goes on without it.`;
	const out = refused.map(
		({ id, code }) => `  ${id}, which tried with its key in a file, was refused: ${code}, as said above.\n`,
	);
	const read = probeIsIn
		? `reactor-hall/${PROBE}/dose-rate --as ${desk}`
		: `weather-station/harbour/wind --as ${relative(process.cwd(), readerFolder(data, 'public-board'))}`;
	return `
${made.length === 0 ? 'Everything was there from before.' : `Made: ${made.join(', ')}.`}

Two applications, each under one policy file, both enforced:
  reactor-hall      examples/reactor-hall/policy.yaml      stringent: keys in attested hardware alone
  weather-station   examples/weather-station/policy.yaml   lax
Devices and readers run as processes, each with its own key and certificate:
${probe}
${out.join('')}  roof-north, harbour (weather), their keys in files: that policy asks for no more.
  safety-desk and public-board read what they were granted.

The service listens on this machine only:
  MQTT over TLS 1.3   ${service.mqttUrl}
  HTTPS, EST          ${service.url}
  data                ${here}

Try, in another terminal in this folder:
  npx keyward status${at}
  npx keyward posture${at}                                  which link is the weakest, why, and what to do first
  npx keyward device list${at}
  npx keyward device show ${probeIsIn ? `${PROBE} --application reactor-hall` : 'harbour --application weather-station'}${at}
  npx keyward read ${read} --follow
  npx keyward reach ${probeIsIn ? `reactor-hall/${PROBE}` : 'weather-station/harbour'}${at}            what falls when this device is opened
  npx keyward ledger verify${at}
  npx keyward rollout halt --application weather-station${at}         when ${FIRST} still waits for devices that do not run, as README's boxes
  npx keyward rollout start ${NEXT} --application weather-station --ring harbour --soak 10s${at}
  npx keyward rollout status --application weather-station --follow${at}
  npx keyward policy explain examples/reactor-hall/policy.yaml
Ctrl-C stops everything; npm start goes on where it was.
`;
};

export const ready = (service: Service, seconds: number): string =>
	`keyward ready: every device sends after ${seconds.toFixed(1)} s (${service.url}, ${service.mqttUrl})\n` +
	'After a first start, release 1.0.0 is installed and new keys are taken within some minutes: until then posture shows adaptability, and integrity of weather-station, too low.';
