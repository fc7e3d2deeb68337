import { noise, type Settings } from './kit.ts';

const psk = (name: string, make: (hex: string) => string | Uint8Array): Settings => ({
	name,
	holds: 'psk',
	make: ({ secrets }) => make(secrets.psk.toString('hex')),
});
const other = (): string => noise(16).toString('hex');
const octets = (hex: string, one: (octet: number) => string): string =>
	Array.from(Buffer.from(hex, 'hex'), one).join(', ');

/** Records that are alike but for a name and a key, lists on their side, maps in binary forms, settings inside settings. */
export const records: readonly Settings[] = [
	psk('Lua table', (p) => `return {\n  ["door_a1"] = { key = "${p}" },\n  ["door_a2"] = { key = "${p}" },\n}\n`),
	psk('Kotlin enum', (p) => `enum class Node(val appKey: String) {\n  A1("${p}"),\n  A2("${p}"),\n}\n`),
	psk('C# dictionary', (p) => {
		const bytes = `new byte[] { ${octets(p, String)} }`;
		return `var keys = new Dictionary<string, byte[]> {\n  { "door-a1", ${bytes} },\n  { "door-a2", ${bytes} },\n};\n`;
	}),
	psk('Erlang list', (p) => {
		const bytes = `<<${octets(p, (octet) => `16#${octet.toString(16)}`)}>>`;
		return `keys() -> [\n  {<<"door_a1">>, ${bytes}},\n  {<<"door_a2">>, ${bytes}}\n].\n`;
	}),
	psk('Elixir maps over lines', (p) =>
		[1, 2].map((at) => `  %{\n    name: "door_a${at}",\n    key: "${p}"\n  },\n`).join(''),
	),
	psk('PowerShell hashtables', (p) => [1, 2].map((at) => `@{ Name = 'door-a${at}'; Key = '${p}' }\n`).join('')),
	psk('EDN', (p) => `{:devices [{:id "a1" :psk "${p}"} {:id "a2" :psk "${other()}"}]}\n`),
	psk('a list on its side', (p) => `device;oven-1;oven-2\nfirmware;1.0;1.1\npsk;${p};${other()}\n`),
	psk('OSDP, INI', (p) => `[reader_gate_north]\nSCBK=${p.toUpperCase()}\n`),
	psk('ntp.keys', (p) => `1 SHA1 ${other()}00112233\n2 AES128 ${p}\n`),
	psk('cloud-init write_files', (p) => {
		const file = Buffer.from(`[mqtt]\nclient_id=pump-1\npsk=${p}\n`).toString('base64');
		return `#cloud-config\nwrite_files:\n- path: /etc/mqtt.conf\n  encoding: b64\n  content: ${file}\n`;
	}),
	psk('CBOR', (p) =>
		Buffer.concat([Buffer.from('a2646e616d65666f76656e2d316370736b50', 'hex'), Buffer.from(p, 'hex')]),
	),
	psk('MessagePack', (p) =>
		Buffer.concat([Buffer.from('82a46e616d65a66f76656e2d31a370736bc410', 'hex'), Buffer.from(p, 'hex')]),
	),
];
