import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isName, namePattern } from './name.ts';
import { isSamePrincipal, type PrincipalName, principalKey, qualifiedName } from './principal-name.ts';
import { commandTopicOf, isSameStream, type StreamName, streamOfTopic, topicOf } from './stream-name.ts';

const name = fc.stringMatching(new RegExp(namePattern));
const principals = fc.record<PrincipalName>({ kind: fc.constantFrom('device', 'reader'), application: name, id: name });
const streams = fc.record<StreamName>({ application: name, device: name, stream: name });

test('two principals share a key only when they are the same', () => {
	// Few letters, so that names whose texts run together are tried too.
	const short = fc.constantFrom('a', 'a.a', 'device', 'reader', 'aa');
	const near = fc.record<PrincipalName>({
		kind: fc.constantFrom('device', 'reader'),
		application: short,
		id: short,
	});
	fc.assert(
		fc.property(fc.oneof(near, principals), fc.oneof(near, principals), (a, b) => {
			assert.equal(principalKey(a) === principalKey(b), isSamePrincipal(a, b));
		}),
	);
});

test('a topic says which stream it is of, and no other topic does', () => {
	fc.assert(
		fc.property(streams, streams, (a, b) => {
			assert.deepEqual(streamOfTopic(topicOf(a)), { ...a });
			assert.equal(topicOf(a) === topicOf(b), isSameStream(a, b));
			const commands = streamOfTopic(commandTopicOf({ application: a.application, id: a.device }));
			assert.ok(commands !== null && !isName(commands.stream), 'no stream can have the name of the commands');
		}),
	);
	for (const topic of ['', 'hall', 'hall/probe-1', 'hall/probe-1/dose-rate/more'])
		assert.equal(streamOfTopic(topic), null);
});

test('a qualified name is the first two levels of each topic of the device', () => {
	const [application, id] = ['hall', 'probe-1'];
	assert.ok(topicOf({ application, device: id, stream: 's' }).startsWith(`${qualifiedName({ application, id })}/`));
});
