// One row by its kind. Equal rows are not rendered again.
import { memo } from "react";
import type { Row } from "../timeline/row";
import { CommandView } from "./command";
import { ChangeView, ChecksView, CitedView, OutcomeView, VerificationView } from "./result";
import { AskedView, BusyView, NoteView, PlanView, SaidView, StepView, ThoughtView, TurnView } from "./words";
import { CallsView, EditView, NetworkView, PermissionView } from "./work";

export const RowView = memo(function RowView({ row }: { row: Row }) {
  switch (row.kind) {
    case "turn":
      return <TurnView row={row} />;
    case "asked":
      return <AskedView row={row} />;
    case "step":
      return <StepView row={row} />;
    case "said":
      return <SaidView row={row} />;
    case "thought":
      return <ThoughtView row={row} />;
    case "plan":
      return <PlanView row={row} />;
    case "command":
      return <CommandView row={row} />;
    case "edit":
      return <EditView row={row} />;
    case "calls":
      return <CallsView row={row} />;
    case "permission":
      return <PermissionView row={row} />;
    case "network":
      return <NetworkView row={row} />;
    case "note":
      return <NoteView row={row} />;
    case "change":
      return <ChangeView row={row} />;
    case "verification":
      return <VerificationView row={row} />;
    case "checks":
      return <ChecksView row={row} />;
    case "cited":
      return <CitedView row={row} />;
    case "outcome":
      return <OutcomeView row={row} />;
    case "busy":
      return <BusyView row={row} />;
  }
});
