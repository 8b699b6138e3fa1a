export * from "./ansi";
export * from "./controls";
export * from "./shown";
export * from "./toasts";
