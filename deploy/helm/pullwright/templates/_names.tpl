{{- define "pullwright.name" -}}{{ .Release.Name }}-pullwright{{- end }}
{{- define "pullwright.secret" -}}{{ default (include "pullwright.name" .) .Values.existingSecret }}{{- end }}
{{- define "pullwright.image" -}}{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}{{- end }}
{{- define "pullwright.labels" -}}
app.kubernetes.io/name: pullwright
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "pullwright.environment" -}}
- name: PULLWRIGHT_MASTER_KEY
  valueFrom: { secretKeyRef: { name: {{ include "pullwright.secret" . }}, key: master-key } }
- name: PULLWRIGHT_SERVER_DATABASE
  valueFrom: { secretKeyRef: { name: {{ include "pullwright.secret" . }}, key: database } }
- name: PULLWRIGHT_SERVER_BLOBS
  value: {{ required "blobs must be set: every worker must reach them" .Values.blobs | quote }}
- name: PULLWRIGHT_SERVER_PUBLIC_URL
  value: {{ .Values.server.publicUrl | quote }}
{{- end }}
