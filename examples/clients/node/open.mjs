// node_modules/node/bin/node open.mjs FOLDER APPLICATION/DEVICE/STREAM: opens a stream on this machine, sealed or not, and goes on with what comes.
// By the Node 24 that is installed with Keyward (node_modules/node/bin/node): an older Node ends with ERR_UNKNOWN_FILE_EXTENSION or ERR_UNKNOWN_BUILTIN_MODULE.
import { openIdentity, openReaderTrust } from '@keyward/agent';
import { connectRemote, Opener, pages } from '@keyward/client';
process.on('uncaughtException', ({ message }) => (console.error(message), process.exit(2)));
process.stdout.on('error', () => process.exit()); // A closed pipe (`| head`): nobody reads on.
const [folder = '', [application = '', device = '', stream = ''] = []] = [process.argv[2], process.argv[3]?.split('/')];
const identity = await openIdentity(folder);
const { serviceUrl: url, certificate, serviceCa } = identity;
const client = connectRemote({ url, certificate, serviceCa, key: await identity.privateKey() });
const opener = new Opener(client, openReaderTrust(identity, console.error), false);
for await (const page of pages(client, [{ application, device, stream }], { after: () => '0', follow: true })) {
	const { readings, signed, findings } = await opener.open(page);
	for (const one of [...readings, ...signed.map((range) => ({ signed: range }))]) console.log(JSON.stringify(one));
	for (const one of findings) console.error(JSON.stringify(one));
}
