//! From arguments to an analysis.

use super::args::InputArgs;
use super::{Trouble, configuration};
use crate::analysis::{Analysis, Settings, analyse};
use crate::diagnostic::Persona;
use jiff::civil::Date;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The day that dates are judged by.
pub(super) fn today(args: &InputArgs) -> Date {
    args.today.unwrap_or_else(|| jiff::Zoned::now().date())
}

/// Settings for commands that only look.
pub(super) fn settings(args: &InputArgs) -> Result<Settings, Trouble> {
    let settings = configuration::load(args)?;
    for path in &args.var_files {
        if !path.is_file() {
            return Err(Trouble::new(format!("variable file `{}` is not there", path.display())));
        }
    }
    Ok(Settings { vars: args.vars.clone(), var_files: args.var_files.clone(), ..settings })
}

/// Everything there is to see: no rule is left out of the model.
pub(super) fn look(args: &InputArgs) -> Result<Analysis, Trouble> {
    let mut settings = settings(args)?;
    settings.persona = Persona::Regular;
    read(args, &settings)
}

pub(super) fn read(args: &InputArgs, settings: &Settings) -> Result<Analysis, Trouble> {
    let stdin = match args.path == Path::new("-") {
        true => Some(StdinFile::new(&args.stdin_filename)?),
        false => None,
    };
    let path = stdin.as_ref().map_or(args.path.as_path(), |file| file.path.as_path());
    let analysis = analyse(path, settings, today(args)).map_err(|error| {
        Trouble::new(format!("cannot open `{}`: {error}", path.display()))
            .help("name a directory with Terraform code, or a file")
    })?;
    if analysis.sources.is_empty() {
        let unreadable = analysis.gaps.first().map(|gap| format!(" ({})", gap.message)).unwrap_or_default();
        return Err(Trouble::new(format!("there are no Terraform files in `{}`{unreadable}", path.display()))
            .help("keyward reads *.tf, *.tofu, *.tf.json and *.tfvars that git does not ignore: name the directory that holds them"));
    }
    Ok(analysis)
}

/// Standard input as a file in a directory of its own, so that nothing else is taken for its module.
struct StdinFile {
    dir: PathBuf,
    path: PathBuf,
}

impl StdinFile {
    fn new(name: &str) -> Result<Self, Trouble> {
        let trouble = |error: std::io::Error| Trouble::new(format!("cannot read standard input: {error}"));
        let mut bytes = Vec::new();
        let limit = crate::source::MAX_FILE_BYTES + 1;
        std::io::stdin().take(limit).read_to_end(&mut bytes).map_err(trouble)?;
        let name = Path::new(name).file_name().unwrap_or(name.as_ref()).to_owned();
        let dir = std::env::temp_dir().join(format!("keyward-stdin-{}", std::process::id()));
        std::fs::create_dir(&dir).map_err(trouble)?;
        let path = dir.join(name);
        std::fs::write(&path, bytes).map_err(trouble)?;
        Ok(StdinFile { dir, path })
    }
}

impl Drop for StdinFile {
    fn drop(&mut self) {
        // The system clears what is left in its temporary directory.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
