import type { DeviceReport } from '../device/device-report.ts';
import type { Instant } from '../units/instant.ts';

/** What a device last said of the machine that it is. */
export interface StoredDeviceReport {
	readonly application: string;
	readonly device: string;
	readonly at: Instant;
	/** The key of the certificate that it came under is attested to be in a part. */
	readonly attested: boolean;
	readonly report: DeviceReport;
}

/** Each device's last word. Each call is one commit, durable when it resolves. */
export interface DeviceReportStore {
	/** Replaces what the same devices said before. */
	putDeviceReports(reports: readonly StoredDeviceReport[]): Promise<void>;
	/** What a device said that had this name before. */
	forgetDeviceReport(application: string, device: string): Promise<void>;
	/** Of every application, oldest first. */
	deviceReports(): Promise<StoredDeviceReport[]>;
}
