import type { Instrument } from './instrument.ts';

/** What an agent found on the machine that it runs on: the device's own word. */
export interface DeviceReport {
	/** `program`: the machine does other work, and the agent alone is the device. */
	readonly scope: 'machine' | 'program';
	/** Ports that somebody on a network reaches, such as `tcp/22`, in order; null: it cannot tell. */
	readonly ports: readonly string[] | null;
	/** Services that run, by name, in order; null: it cannot tell. */
	readonly services: readonly string[] | null;
	/** What lets a person with the device in hand look inside it. */
	readonly debug: readonly DebugInterface[];
	/** Switches that notice that its case is opened. */
	readonly tamper: readonly TamperInput[];
	/** What it measures with that is outside it; left out by agents that do not say. */
	readonly instruments?: readonly Instrument[] | undefined;
}

export interface DebugInterface {
	readonly name: string;
	readonly state: 'closed' | 'open' | 'unknown';
}

export interface TamperInput {
	readonly name: string;
	/** It is open, or was since the site last heard of it. */
	readonly opened: boolean;
}

/** Of a port, as policies and reports write it. */
export const portPattern = '^(?:tcp|udp)/[1-9][0-9]{0,4}$';
const PORT = new RegExp(portPattern);

/** Of a service: a unit of systemd without its `.service`, or a program's name. */
export const servicePattern = '^[A-Za-z0-9][A-Za-z0-9:_.@\\\\+-]{0,127}$';
const SERVICE = new RegExp(servicePattern);

export const isPort = (text: string): boolean => PORT.test(text) && Number(text.slice(4)) <= 65_535;
export const isService = (text: string): boolean => SERVICE.test(text);

/** CR 7.1: most that one report lists of a kind. An agent that finds more says that it cannot tell. */
export const MOST_REPORTED = 300;
