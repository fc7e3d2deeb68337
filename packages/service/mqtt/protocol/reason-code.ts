import type { ErrorCode } from '@keyward/core';

/** Reason codes of MQTT 5 §2.4 that Keyward sends. */
export const reason = {
	success: 0x00,
	malformedPacket: 0x81,
	protocolError: 0x82,
	implementationSpecific: 0x83,
	unsupportedProtocolVersion: 0x84,
	clientIdentifierNotValid: 0x85,
	notAuthorized: 0x87,
	serverUnavailable: 0x88,
	serverShuttingDown: 0x8b,
	badAuthenticationMethod: 0x8c,
	keepAliveTimeout: 0x8d,
	sessionTakenOver: 0x8e,
	topicFilterInvalid: 0x8f,
	topicNameInvalid: 0x90,
	receiveMaximumExceeded: 0x93,
	topicAliasInvalid: 0x94,
	packetTooLarge: 0x95,
	quotaExceeded: 0x97,
	payloadFormatInvalid: 0x99,
	retainNotSupported: 0x9a,
	qosNotSupported: 0x9b,
	sharedSubscriptionsNotSupported: 0x9e,
	subscriptionIdentifiersNotSupported: 0xa1,
} as const;

export type ReasonCode = (typeof reason)[keyof typeof reason];

/** The reason code that a refused reading is answered with; the reason string carries the error code itself. */
export const reasonOf = (code: ErrorCode): ReasonCode => {
	switch (code) {
		case 'reading-not-own-stream':
		case 'reading-unknown-stream':
		case 'not-granted':
		case 'certificate-unknown':
		case 'certificate-expired':
		case 'device-quarantined':
		case 'certificate-revoked':
		case 'ca-retired':
		case 'link-too-weak':
		case 'custody-too-weak':
			return reason.notAuthorized;
		case 'taken-over':
			return reason.sessionTakenOver;
		case 'store-failed':
		case 'disk-short':
		case 'reading-too-often':
			return reason.quotaExceeded;
		case 'senml-malformed':
		case 'senml-unsupported':
		case 'payload-unmapped':
		case 'reading-name':
		case 'reading-unit':
		case 'reading-value':
		case 'reading-time-missing':
		case 'reading-time-future':
		case 'reading-time-impossible':
		case 'reading-time-past':
		case 'reading-time-doubted':
			return reason.payloadFormatInvalid;
		default:
			return reason.implementationSpecific;
	}
};
