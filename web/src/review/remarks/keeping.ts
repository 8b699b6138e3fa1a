// Remarks are kept at the server until they are sent: made, put in other words, taken back.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import { sayTrouble } from "../../kit";
import type { Spot } from "./spot";

export function useKeeping(task: string, attempt: string) {
  const client = useQueryClient();
  const options = { onSuccess: () => client.invalidateQueries({ queryKey: ["task", task, "reviews"] }), onError: sayTrouble };
  const make = useMutation({
    mutationFn: ({ spot, text }: { spot: Spot; text: string }) =>
      data(
        api.POST("/api/v1/attempts/{attempt}/comments", {
          params: { path: { attempt } },
          body: { text, path: spot.path, side: spot.side, line: spot.line, end_line: spot.end },
        }),
      ),
    ...options,
  });
  const reword = useMutation({
    mutationFn: ({ id, text }: { id: string; text: string }) => data(api.PATCH("/api/v1/comments/{comment}", { params: { path: { comment: id } }, body: { text } })),
    ...options,
  });
  const discard = useMutation({
    mutationFn: (id: string) => data(api.DELETE("/api/v1/comments/{comment}", { params: { path: { comment: id } } })),
    ...options,
  });
  return { make, reword, discard };
}
