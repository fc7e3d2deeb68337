export { type ClockReading, clockError, compareClock } from './clock-error.ts';
export { extensionField, fieldType, readExtensionFields } from './extension-field.ts';
export { NTP_HEADER, type NtpReply, ntpReply, ntpRequest, readNtpReply } from './ntp-message.ts';
export {
	MOST_RECORDS,
	NTP_PORT,
	NTS_ALPN,
	NTS_PORT,
	ntsExport,
	ntsRecordsAnswered,
	ntsRecordsAsked,
	type NtsAnswer,
	readNtsRecords,
} from './nts-key-exchange.ts';
export { authenticated, ntsRequest, requireNtsReply } from './nts-message.ts';
