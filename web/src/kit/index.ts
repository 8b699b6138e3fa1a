export * from "./ansi";
export * from "./confirm";
export * from "./controls";
export * from "./copy";
export * from "./fields";
export * from "./shown";
export * from "./toasts";
