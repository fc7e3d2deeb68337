import { relative } from 'node:path';
import type { Service } from '@keyward/service';
import { readerFolder } from './fleet.ts';

/** What was made, where to look, what to try next. */
export const welcome = (service: Service, data: string, made: readonly string[]): string => {
	const here = relative(process.cwd(), data) || '.';
	const at = here === '.keyward' ? '' : ` --data ${here}`;
	const desk = relative(process.cwd(), readerFolder(data, 'safety-desk'));
	return `
${made.length === 0 ? 'Everything was there from before.' : `Made: ${made.join(', ')}.`}

Two applications, each under one policy file:
  reactor-hall      examples/reactor-hall/policy.yaml      stringent, reports what falls short
  weather-station   examples/weather-station/policy.yaml   lax, enforced
Four devices run as processes of their own, each with its own key and certificate:
  gamma-1, gamma-2 (Geiger figures)   roof-north, harbour (weather)

The service listens on this machine only:
  MQTT over TLS 1.3   ${service.mqttUrl}
  HTTPS, EST          ${service.url}
  data                ${here}

Try, in another terminal in this folder:
  npx keyward status${at}
  npx keyward posture${at}                                  which link is the weakest, and why
  npx keyward device list${at}
  npx keyward read reactor-hall/gamma-1/dose-rate --as ${desk} --follow
  npx keyward ledger verify${at}
  npx keyward policy explain examples/reactor-hall/policy.yaml
Ctrl-C stops everything; npm start goes on where it was.
`;
};

export const ready = (service: Service, seconds: number): string =>
	`keyward ready: first reading accepted after ${seconds.toFixed(1)} s (${service.url}, ${service.mqttUrl})`;
