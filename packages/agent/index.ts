export { commission, type CommissionOptions } from './enrolment/commission.ts';
export { DEFAULT_TCTI, partOfTpm } from './hardware/tpm2.ts';
export type { Hardware } from './hardware/hardware.ts';
export { type Identity, type IdentityRecord, openIdentity } from './identity/identity.ts';
export { type MachineClock, stationClock, stationClockOf, thisMachine } from './clock/machine-clock.ts';
export type { LinkState } from './link/message.ts';
export { refreshServiceCas, renewalDue, renewIfDue } from './enrolment/renewal.ts';
export { rekey, type RekeyOptions } from './enrolment/rekey.ts';
export { retire, type Retirement, type RetireOptions } from './enrolment/retire.ts';
export { runDevice, type RunOptions } from './run.ts';
export { type BlockCheck, blockChecks } from './source/block-check.ts';
export { type Calibration, calibrated, type Calibrations, describeCalibration } from './source/calibration.ts';
export { baseOf, foreignUnits, inOtherUnit } from './source/foreign-unit.ts';
export { type Channel, channelName } from './source/channel.ts';
export { channels, type ChannelsOptions, type ChannelStream } from './source/channels.ts';
export { csv, type CsvOptions, type CsvStream } from './source/csv.ts';
export { http, type HttpOptions } from './source/http.ts';
export { hwmonChannels } from './source/hwmon.ts';
export { iioChannels } from './source/iio.ts';
export type { Line, LineEnding, LineReader } from './source/lines.ts';
export { type ModbusRegister, parseRegister } from './source/modbus-register.ts';
export { modbusRtu, type ModbusRtuOptions } from './source/modbus-rtu.ts';
export { modbusTcp, type ModbusStream, type ModbusTcpOptions } from './source/modbus-tcp.ts';
export { withoutCodes } from './source/no-value.ts';
export { mqttSource, type MqttOptions } from './source/mqtt.ts';
export { type MqttTopic, parseMqttTopic } from './source/mqtt-topic.ts';
export { nmeaLines, type NmeaStream, parseNmeaField } from './source/nmea.ts';
export { parseNumber } from './source/number.ts';
export { parsePick, type Pick } from './source/pick.ts';
export { pickedLines, type PickedStreams } from './source/picked-lines.ts';
export { type Pace, type ReplayOptions, wallClock } from './source/replay.ts';
export {
	safecast,
	type SafecastFigure,
	safecastFigures,
	type SafecastOptions,
	sentenceLines,
} from './source/safecast.ts';
export { sampleLines, type SampleLineOptions } from './source/sample-line.ts';
export { serial, type SerialOptions } from './source/serial.ts';
export { loadSource, type MakeSource, type SourceTools } from './source/source-module.ts';
export { type Trial, trySource } from './source/try-source.ts';
export type { SourceDescription } from './source-history.ts';
export type { Sample, Source } from './source/source.ts';
export { standardInput, type StandardInputOptions } from './source/standard-input.ts';
export { thermalChannels } from './source/thermal.ts';
export type { RunCounters, RunEvent } from './tally.ts';
export { commissionBatch, type BatchOptions } from './batch/commission-batch.ts';
export { readBatch } from './batch/batch-file.ts';
export type { BatchOutcome } from './batch/batch-outcome.ts';
export { openBatchRecord, type BatchRecord, usualRecordOf } from './batch/batch-record.ts';
export type { BatchRow } from './batch/batch-row.ts';
