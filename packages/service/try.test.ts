import { test } from 'node:test';
import { startSite } from '/work/main/packages/service/testing/site.ts';
test('x', async (t) => {
  console.time('start'); const site = await startSite(t); console.timeEnd('start');
  console.time('c'); const d = await site.commissionDevice('hall','probe-1'); console.timeEnd('c');
  const r = await site.commissionReader('hall','desk');
  await site.grant('hall','desk','*','dose-rate');
  console.log(d.certificateFile, d.keyFile, site.mqttUrl);
  console.time('restart'); await site.restart(); console.timeEnd('restart');
  console.log(await site.ask('device.list', {}));
  console.time('stop'); await site.stop(); console.timeEnd('stop');
});
