// What the timeline shows, one row a thing. A row is never changed: what grows is put in its place, so that equal means equal.
import type { Of } from "./event";
import type { Run, Verified } from "./verification";

interface Base {
  readonly key: string;
  /** The first event that it stands for; 0: nothing of it is logged yet. */
  readonly seq: number;
  readonly time: number;
}

export interface TurnRow extends Base {
  readonly kind: "turn";
  /** 0: not known yet. */
  readonly number: number;
  readonly event: Of<"turn_started">;
}

export interface AskedRow extends Base {
  readonly kind: "asked";
  readonly steer: boolean;
  readonly text: string;
  readonly images: readonly string[];
  readonly by: string;
}

export interface StepRow extends Base {
  readonly kind: "step";
  readonly step: number;
  readonly cost: number;
  /** Calls whose price nobody knows. */
  readonly unpriced: number;
  readonly tokens: number;
  readonly estimated: boolean;
  readonly seconds: number;
  readonly calls: number;
  /** Spent by all of the session so far, this step included. */
  readonly sofar: number;
  readonly checkpoint: string;
  readonly paths: readonly string[];
  readonly beside: readonly string[];
}

interface Written<K extends "said" | "thought"> extends Base {
  readonly kind: K;
  readonly text: string;
  readonly live: boolean;
}

export type SaidRow = Written<"said"> | Written<"thought">;

export interface PlanStep {
  readonly text?: string;
  readonly status?: "pending" | "in_progress" | "done";
}

export interface PlanRow extends Base {
  readonly kind: "plan";
  readonly plan: readonly PlanStep[];
  readonly note: string;
}

export interface CommandRow extends Base {
  readonly kind: "command";
  readonly call: string;
  readonly command: string;
  readonly cwd: string;
  readonly running: boolean;
  /** Ended by the turn's end, without a result. */
  readonly stopped: boolean;
  readonly event: Of<"command_ran"> | null;
  /** What it printed, as far as it is here: live, or what the model was told of it. */
  readonly output: string;
}

export interface EditRow extends Base {
  readonly kind: "edit";
  readonly person: boolean;
  readonly paths: readonly string[];
  readonly diff: string;
  readonly artifact: string;
  readonly added: number;
  readonly removed: number;
}

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly seq: number;
  readonly state: "running" | "ok" | "failed" | "stopped";
  readonly error: string;
  readonly seconds: number;
  readonly given: string;
  readonly output: string;
}

export interface CallsRow extends Base {
  readonly kind: "calls";
  readonly looks: boolean;
  readonly calls: readonly Call[];
}

export interface PermissionRow extends Base {
  readonly kind: "permission";
  readonly asked: Of<"permission_asked">;
  /** The arguments of the call that it is about. */
  readonly given: string;
  readonly answered: Of<"permission_answered"> | null;
}

export interface NetworkRow extends Base {
  readonly kind: "network";
  readonly decided: readonly Of<"network_decided">[];
}

export interface NoteRow extends Base {
  readonly kind: "note";
  readonly tone: "plain" | "warn" | "bad";
  readonly text: string;
}

export interface ChangeRow extends Base {
  readonly kind: "change";
  readonly event: Of<"change_made">;
}

export interface VerificationRow extends Base {
  readonly kind: "verification";
  readonly runs: readonly Run[];
  readonly verified: Verified | null;
}

export interface ChecksRow extends Base {
  readonly kind: "checks";
  readonly event: Of<"workload_checked">;
}

export interface CitedRow extends Base {
  readonly kind: "cited";
  readonly event: Of<"answer_checked">;
}

export interface OutcomeRow extends Base {
  readonly kind: "outcome";
  readonly event: Of<"turn_finished">;
  /** Nothing of the agent's said it before. */
  readonly message: string;
}

/** What goes on and leaves nothing: a call being written, long work of Pullwright's own. */
export interface BusyRow extends Base {
  readonly kind: "busy";
  readonly text: string;
}

export type Row =
  | TurnRow
  | AskedRow
  | StepRow
  | SaidRow
  | PlanRow
  | CommandRow
  | EditRow
  | CallsRow
  | PermissionRow
  | NetworkRow
  | NoteRow
  | ChangeRow
  | VerificationRow
  | ChecksRow
  | CitedRow
  | OutcomeRow
  | BusyRow;
