import Shown from "react-markdown";
import gfm from "remark-gfm";

const OUT = { target: "_blank", rel: "noopener noreferrer nofollow" };

export default function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown" dir="auto">
      <Shown
        remarkPlugins={[gfm]}
        components={{
          a: ({ href, children }) => (
            <a href={href} {...OUT}>
              {children}
            </a>
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
