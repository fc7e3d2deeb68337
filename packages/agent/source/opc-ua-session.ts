import { randomBytes } from 'node:crypto';
import { type Milliseconds, Problem } from '@keyward/core';
import { type NodeId, OpcUaReader, OpcUaWriter } from './opc-ua-binary.ts';
import { type DataValue, readDataValue } from './opc-ua-value.ts';

// The services that reading takes, of OPC UA Part 4, in the encoding of Part 6 (identifiers: its annex A.3).

/** Types of requests and their answers. */
export const service = {
	openChannel: [446, 449],
	closeChannel: [452, 455],
	createSession: [461, 464],
	activateSession: [467, 470],
	closeSession: [473, 476],
	read: [631, 634],
} as const;

export type Service = (typeof service)[keyof typeof service];

const SERVICE_FAULT = 397;
const ANONYMOUS = 321;
const VALUE_ATTRIBUTE = 13;
const NONE = 'http://opcfoundation.org/UA/SecurityPolicy#None';

/** A session's token before there is one. */
export const noToken: Buffer = Buffer.of(0, 0);

/** A request: its type, the header that each has (Part 4, section 7.33), and what it asks. */
export const request = (
	[type]: Service,
	token: Uint8Array,
	handle: number,
	body: (writer: OpcUaWriter) => void,
): Buffer => {
	const writer = new OpcUaWriter().type(type).bytes(token).noTime().uint32(handle, 0).string(null).uint32(0);
	body(writer.bytes(Buffer.of(0, 0, 0)));
	return writer.done();
};

/**
 * The answer after the header that each has (section 7.34). Throws `Problem('source-unavailable')` where the service failed, and
 * `Problem('source-malformed')` for an answer to something else.
 */
export const answer = ([, type]: Service, bytes: Buffer): OpcUaReader => {
	const reader = new OpcUaReader(bytes);
	const { number } = reader.nodeId();
	reader.bytes(12);
	const result = reader.uint32();
	reader.diagnosticInfo();
	reader.array(() => reader.blob());
	reader.extensionObject();
	if (result >>> 30 !== 0 || number === SERVICE_FAULT)
		throw new Problem('source-unavailable', `the server refuses (status 0x${result.toString(16).padStart(8, '0')})`);
	if (number !== type) throw new Problem('source-malformed', 'what came is no answer to the request');
	return reader;
};

export const askChannel = (lifetime: number) => (writer: OpcUaWriter) =>
	void writer.uint32(0, 0, 1).string(null).uint32(lifetime);

/** The channel's number and token, and how long it lasts. */
export const readChannel = (reader: OpcUaReader): { channel: number; token: number; lifetime: number } => {
	reader.uint32();
	const [channel, token] = [reader.uint32(), reader.uint32()];
	reader.bytes(8);
	return { channel, token, lifetime: reader.uint32() };
};

export const askSession = (url: string, timeout: number) => (writer: OpcUaWriter) =>
	void writer
		.string('urn:keyward:agent')
		.string(null)
		.uint8(2)
		.string('Keyward')
		.uint32(1)
		.string(null)
		.string(null)
		.uint32(0)
		.string(null)
		.string(url)
		.string('keyward')
		.string(randomBytes(32))
		.string(null)
		.double(timeout)
		.uint32(0);

export interface Session {
	readonly token: Buffer;
	readonly policy: string | null;
	/** How long the server keeps it without a request. */
	readonly idle: Milliseconds;
}

/**
 * The session's token, and the name under which the server lets somebody read who does not say who they are. Throws
 * `Problem('source-unavailable')` where it lets nobody.
 */
export const readSession = (reader: OpcUaReader): Session => {
	reader.nodeId();
	const token = Buffer.from(reader.nodeId().raw);
	const idle = reader.double();
	reader.blob();
	reader.blob();
	const endpoints = reader.array(() => readEndpoint(reader));
	const open = endpoints.filter(({ security }) => security === NONE);
	const policy = open.flatMap(({ anonymous }) => anonymous).at(0);
	if (policy === undefined)
		throw new Problem(
			'source-unavailable',
			'the server lets nobody read without a name or without encryption: this source has neither; let a gateway publish to a broker',
		);
	return { token, policy, idle };
};

/** Part 4, section 7.14 */
const readEndpoint = (reader: OpcUaReader): { security: string | null; anonymous: (string | null)[] } => {
	reader.blob();
	for (let count = 0; count < 2; count++) reader.blob();
	reader.localizedText();
	reader.uint32();
	for (let count = 0; count < 2; count++) reader.blob();
	reader.array(() => reader.blob());
	reader.blob();
	reader.uint32();
	const security = reader.string();
	const tokens = reader.array(() => {
		const [policy, type] = [reader.string(), reader.uint32()];
		for (let count = 0; count < 3; count++) reader.blob();
		return { policy, type };
	});
	reader.blob();
	reader.uint8();
	return { security, anonymous: tokens.filter(({ type }) => type === 0).map(({ policy }) => policy) };
};

export const askActivation = (policy: string | null) => (writer: OpcUaWriter) => {
	const identity = new OpcUaWriter().string(policy).done();
	writer.string(null).string(null).uint32(0, 0).type(ANONYMOUS).uint8(1).string(identity).string(null).string(null);
};

export const askClosing = (writer: OpcUaWriter): void => void writer.uint8(1);

/** The value of a node, asked of the instrument and not of the server's memory (`maxAge` 0). */
export const askValue = (node: NodeId) => (writer: OpcUaWriter) =>
	void writer.double(0).uint32(3, 1).nodeId(node).uint32(VALUE_ATTRIBUTE).string(null).uint16(0).string(null);

export const readValue = (reader: OpcUaReader): DataValue => {
	if (reader.int32() !== 1) throw new Problem('source-malformed', 'one value was asked for, and another number came');
	const found = readDataValue(reader);
	if (found.value === undefined) return found;
	// Integrity (input-refused): a value that was cut short would take the bytes after it for its own.
	reader.array(() => reader.diagnosticInfo());
	if (reader.left > 0) throw new Problem('source-malformed', 'the answer is longer than it says');
	return found;
};
