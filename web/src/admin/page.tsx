// Settings: one's own, and for administrators the server's.
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useMe } from "../session/me";
import { Audit } from "./audit";
import { Connections } from "./connections";
import { AllKeys, OwnKeys } from "./keys";
import { Models } from "./models";
import { placeOf, PLACES, rooms, useAsked, type Place } from "./places";
import { Profile } from "./profile";
import { Roles } from "./roles";
import { Server } from "./server";
import { Users } from "./users";
import { Webhooks } from "./webhooks";
import { Workers } from "./workers";
import "./admin.css";

const ROOMS: Record<Place, () => ReactNode> = {
  profile: Profile,
  keys: OwnKeys,
  webhooks: Webhooks,
  users: Users,
  roles: Roles,
  "all-keys": AllKeys,
  connections: Connections,
  models: Models,
  workers: Workers,
  audit: Audit,
  server: Server,
};

export default function Page() {
  const me = useMe();
  const [asked] = useAsked();
  const place = placeOf(asked.tab, me);
  const Room = ROOMS[place];
  return (
    <div className="page">
      <div className="page-head">
        <h1>Settings</h1>
      </div>
      <div className="admin">
        <nav className="rooms" aria-label="Settings">
          {rooms(me).map(({ title, places }) => (
            <div key={title} className="room-group">
              <h2 className="room-title">{title}</h2>
              <ul>
                {places.map((one) => (
                  <li key={one}>
                    <Link to="/admin" search={{ tab: one }} className="place" aria-current={one === place ? "page" : undefined} activeProps={{}}>
                      {PLACES[one]}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <section className="stack room" aria-labelledby="room">
          <h2 id="room" className="room-name">
            {PLACES[place]}
          </h2>
          <Room />
        </section>
      </div>
    </div>
  );
}
