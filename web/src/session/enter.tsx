// The page behind a one-time link that needs no password. Its token stands after the #, so that no server and no log ever sees it.
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { api, bring, data } from "../api/client";
import { Bones, Trouble } from "../kit";
import { meQuery } from "./me";
import { Gate } from "./sign-in";

export function Enter() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const token = location.hash.slice(1);
    // It goes out of the address and the history at once: it is used up.
    history.replaceState(history.state, "", location.pathname);
    data(api.POST("/api/v1/links/enter", { body: { token } }))
      .then(async (me) => {
        bring(me.csrf);
        client.setQueryData(meQuery.queryKey, me);
        await navigate({ to: "/", replace: true });
      })
      .catch(setError);
  }, [client, navigate]);
  return (
    <Gate title="Signing in to Pullwright">
      {error === null ? (
        <Bones lines={2} />
      ) : (
        <>
          <Trouble error={error} />
          <Link to="/sign-in">Sign in with a password</Link>
        </>
      )}
    </Gate>
  );
}
