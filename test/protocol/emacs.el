;;; emacs.el --- Works with the server in a document, and writes what it gives as JSON to ASSAY_RESULT.  -*- lexical-binding: t -*-
(require 'cl-lib)
(require 'json)

(defvar assay-found nil "What is written in the end, as an alist.")
(defun assay-note (key value) (push (cons key value) assay-found))

(defun assay-wait (what condition)
  "Wait until CONDITION gives something, and give it; fail with WHAT after 20 seconds."
  (let ((end (+ (float-time) 20)) value)
    (while (not (or (setq value (funcall condition)) (> (float-time) end)))
      (accept-process-output nil 0.05))
    (or value (error "waited in vain for %s" what))))

(defun assay-problems ()
  "The problems that Flymake shows."
  (flymake-start)
  (accept-process-output nil 0.05)
  (mapcar (lambda (each)
            `((line . ,(line-number-at-pos (flymake-diagnostic-beg each)))
              (text . ,(flymake-diagnostic-text each))))
          (flymake-diagnostics)))

(defun assay-about (words)
  "The problem that says WORDS."
  (cl-find-if (lambda (each) (string-match-p (regexp-quote words) (cdr (assq 'text each)))) (assay-problems)))

(defun assay-go (text)
  (goto-char (point-min))
  (search-forward text))

(defun assay-work ()
  (find-file "try.experiment.yaml")
  ;; What a command loop does, which a batch has not.
  (run-hooks 'post-command-hook)
  (assay-wait "the server" (lambda () (eglot-managed-p)))
  (assay-note 'problem (assay-wait "problems" (lambda () (assay-about "did you mean `strict`?"))))

  ;; The name is corrected by hand, as a person would.
  (assay-go "[stric")
  (insert "t")
  (eglot--signal-textDocument/didChange)
  (assay-wait "the corrected name" (lambda () (not (assay-about "did you mean `strict`?"))))

  (assay-note 'completion
              (vconcat (mapcar #'substring-no-properties
                               (all-completions "" (nth 2 (eglot-completion-at-point))))))
  (assay-go "[stri")
  (assay-note 'definition
              (let ((place (car (xref-backend-definitions 'eglot (xref-backend-identifier-at-point 'eglot)))))
                (format "%s:%s" (file-name-nondirectory (xref-location-group (xref-item-location place)))
                        (xref-location-line (xref-item-location place)))))
  (assay-go "environ")
  (let (hover)
    (eglot-hover-eldoc-function (lambda (text &rest _) (setq hover text)))
    (assay-note 'hover (substring-no-properties (assay-wait "the hover" (lambda () hover)))))

  (let (told)
    (advice-add 'message :before (lambda (&rest words) (push (ignore-errors (apply #'format words)) told)))
    (assay-run-experiment)
    (assay-note 'refused
                (assay-wait "the refusal" (lambda () (cl-find-if (lambda (each) (string-match-p "not run" (or each ""))) told)))))
  (eglot-shutdown (eglot-current-server)))

(condition-case problem
    (assay-work)
  (error (assay-note 'failed (error-message-string problem))))
(write-region (json-encode assay-found) nil (getenv "ASSAY_RESULT"))
