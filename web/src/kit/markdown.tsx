import Shown from "react-markdown";
import gfm from "remark-gfm";

const OUT = { target: "_blank", rel: "noopener noreferrer nofollow" };

export default function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown" dir="auto">
      <Shown
        remarkPlugins={[gfm]}
        components={{
          // Of an address that no browser should follow (javascript:, data:) nothing is left: then the words stand alone.
          a: ({ href, children }) =>
            href ? (
              <a href={href} {...OUT}>
                {children}
              </a>
            ) : (
              <span>{children}</span>
            ),
          // An image would be asked for at its server, and tell it who reads.
          img: ({ alt, src }) => <span className="badge">image: {alt || String(src ?? "")}</span>,
        }}
      >
        {text}
      </Shown>
    </div>
  );
}
